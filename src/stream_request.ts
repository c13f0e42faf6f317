import { ConnectionClosedError } from "./errors.ts";
import type { Duplex } from "./wire/duplex.ts";
import { writeAll } from "./wire/line_writer.ts";
import { toRpcError } from "./wire/error_data.ts";
import type { LineReader } from "./wire/line_reader.ts";
import { isRecord } from "./wire/message.ts";
import { StreamLostError } from "./wire/stream_peer.ts";

/** What a stream begins with. */
export interface StreamRequest {
  readonly method: string;
  /** The request itself, without its line feed. */
  readonly text: string;
  /** The log of the daemon, for the error that says that it has gone. */
  readonly logfile: string | undefined;
}

/** Which ways chunks go, as the daemon says. */
export interface StreamDirections {
  readonly readable: boolean;
  readonly writable: boolean;
}

/**
 * Sends the one request that a stream begins with, and resolves to its result.
 *
 * @throws {RpcError} If the daemon answers with an error.
 * @throws {ConnectionClosedError} If the connection ends before the answer.
 */
export async function requestStream(
  duplex: Duplex,
  reader: LineReader,
  { method, text, logfile }: StreamRequest,
): Promise<StreamDirections> {
  let answer: Answer;
  try {
    await writeAll(duplex, new TextEncoder().encode(`${text}\n`));
    let line: string | undefined;
    while ((line = reader.line()) === undefined) {
      if (!await reader.fill()) throw new StreamLostError();
    }
    answer = toAnswer(JSON.parse(line));
  } catch (cause) {
    throw new ConnectionClosedError(method, true, { cause, logfile });
  }
  if ("error" in answer) throw toRpcError(answer.error);
  return answer;
}

type Answer = StreamDirections | { readonly error: unknown };

function toAnswer(answer: unknown): Answer {
  if (isRecord(answer)) {
    const { error, result } = answer;
    if (error !== undefined) return { error };
    if (isRecord(result)) {
      const { readable, writable } = result;
      if (typeof readable === "boolean" && typeof writable === "boolean") {
        return { readable, writable };
      }
    }
  }
  throw new SyntaxError("Cannot read the answer: it is not that of a stream");
}
