import { TextLineStream } from "@std/streams";
import { Channel } from "../command/channel.ts";
import { ClientStream } from "../streams/client_stream.ts";
import { checkOptions } from "../command/check_options.ts";
import { isStream, withoutSuffix } from "../command/listed.ts";
import { RpcError } from "../errors.ts";
import { quote } from "../quote.ts";
import { toErrorObject } from "../wire/answer.ts";
import { toRpcError } from "../wire/error_data.ts";
import { ErrorCode } from "../wire/message.ts";
import { type Arguments, wrong } from "./arguments.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { writeOut } from "./print.ts";

/** Calls a method, and prints its result as JSON, or the chunks of its stream as lines. */
export async function call(args: Arguments): Promise<number> {
  const [name, ...texts] = args.operands;
  if (name === undefined) throw wrong("call needs a method");
  const values = texts.map(parse);
  const channel = await open(args);
  try {
    if (isStream(name)) {
      await stream(channel, withoutSuffix(name), values, args);
    } else print(await channel.call(name, values, undefined));
    return ExitCode.ok;
  } catch (thrown) {
    // A stream ends by what its method threw, be that no error.
    const error = thrown instanceof Error
      ? thrown
      : toRpcError(toErrorObject(thrown));
    if (!(error instanceof RpcError)) throw error;
    const { code, message, remoteName, data } = error;
    if (args.json) {
      // Not by print(): it has failed, whether anybody reads of it or not.
      const told = { code, name: remoteName, message, data };
      console.log(JSON.stringify({ error: told }));
    } else {
      const name = remoteName ?? (code === ErrorCode.threw ? "Error" : "autod");
      console.error(`${name}: ${message} (${code})${hintOf(error, args)}`);
    }
    return ExitCode.failed;
  } finally {
    channel.close();
  }
}

/** What to call instead. */
function hintOf(
  { code, message }: RpcError,
  { sockfile, operands: [name, ...rest] }: Arguments,
): string {
  const words = (...words: string[]) => words.map(quote).join(" ");
  if (code === ErrorCode.methodNotFound) {
    return `; see: ${words("autod", "methods", sockfile)}`;
  }
  if (code !== ErrorCode.invalidRequest) return "";
  const here = message.includes(" returns a stream")
    ? `${name}:s`
    : message.includes(" returns no stream")
    ? withoutSuffix(name)
    : undefined;
  return here === undefined
    ? ""
    : `; here: ${words("autod", "call", sockfile, here, ...rest)}`;
}

// The rpcfile is not used, as nothing is started.
async function open({ sockfile, timeout }: Arguments): Promise<Channel> {
  return await Channel.open(
    checkOptions({
      rpcfile: "/",
      sockfile,
      timeout,
      methods: [],
      spawn: false,
    }),
  );
}

async function stream(
  channel: Channel,
  method: string,
  args: unknown[],
  { json, bytes }: Arguments,
): Promise<void> {
  const stream = new ClientStream({ channel, method, args, signal: undefined });
  channel.keep(stream);
  feed(stream.writable, bytes);
  let isRead = false;
  try {
    for await (const chunk of stream.readable) {
      isRead = true;
      if (!(chunk instanceof Uint8Array)) {
        print(json ? { value: chunk } : chunk);
      } else if (json) print({ bytes: chunk.length, base64: chunk.toBase64() });
      else writeOut(chunk);
    }
  } catch (error) {
    // By input that is wrong the daemon fails as well, with what it was told.
    if (!(stream.writeError instanceof CliError)) throw error;
  }
  await stream.closed;
  const { writeError } = stream;
  // A filter may take no more than it needs for what it gave.
  if (writeError instanceof CliError || !isRead && isFailure(writeError)) {
    throw writeError;
  }
}

// A stream that takes nothing says so by a TypeError of this side.
function isFailure(error: unknown): boolean {
  return error !== undefined && !(error instanceof TypeError);
}

// What it takes is read from stdin: JSON values, a line each, or bytes.
async function feed(
  writable: WritableStream<unknown>,
  bytes: boolean,
): Promise<void> {
  // Whoever types has nothing to send, unless he says so.
  if (!bytes && Deno.stdin.isTerminal()) {
    return void writable.close().catch(() => {});
  }
  const input: ReadableStream<unknown> = bytes
    ? Deno.stdin.readable
    : Deno.stdin.readable.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .pipeThrough(
        new TransformStream({
          transform: (line, output) => {
            if (line !== "") output.enqueue(parse(line));
          },
        }),
      );
  // The stream knows how it ended.
  await input.pipeTo(writable).catch(() => {});
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(`${text} is no JSON; a string is '${JSON.stringify(text)}'`);
  }
}

// Also of a stream without end, whose reader may have had enough.
function print(value: unknown): void {
  const line = `${JSON.stringify(value ?? null)}\n`;
  writeOut(new TextEncoder().encode(line));
}
