// A formatter that is always warm: fmtd --stdin-filepath FILE < FILE
import {
  autod,
  ConnectionClosedError,
  RpcError,
  runtimeDir,
} from "@autod/autod";
import { type Arguments, parseArguments } from "./arguments.ts";
import manifest from "./deno.json" with { type: "json" };
import type { Options } from "./iface.ts";

/** How long a daemon that nobody uses stays, in milliseconds. */
const IDLE = 10 * 60_000;

const args = parseArguments(Deno.args);
try {
  Deno.exitCode = await run(args);
} catch (error) {
  // As prettier tells it.
  console.error(explain(error as Error, args).replaceAll(/^/gm, "[error] "));
  Deno.exitCode = 2;
}

async function run({ file, config, check }: Arguments): Promise<number> {
  const text = await readStdin();
  const options = config === undefined ? {} : readOptions(config);
  await using daemon = await autod<typeof import("./iface.ts")>({
    rpcfile: import.meta.resolve("./iface.ts"),
    sockfile: `${runtimeDir("fmtd")}/fmtd.sock`,
    methods: ["format"],
    // A daemon with another prettier is replaced.
    version: `1, ${manifest.imports.prettier}`,
    permissions: { read: [new URL("./worker.ts", import.meta.url)] },
    autoclose: IDLE,
  });
  const format = () => daemon.rpc.format(text, file, options);
  const formatted = await format().catch((error) => {
    // The daemon died. To format a text twice does no harm.
    if (error instanceof ConnectionClosedError) return format();
    throw error;
  });
  if (!check) await print(formatted);
  else if (formatted !== text) await print("(stdin)\n");
  return check && formatted !== text ? 1 : 0;
}

/** Reads stdin to its end, without a stream, which would take longer to load. */
async function readStdin(): Promise<string> {
  // A text that would come back as another one is none to be formatted.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  let count: number | null;
  while ((count = await Deno.stdin.read(buffer)) !== null) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text + decoder.decode();
}

function readOptions(config: string): Options {
  const options = JSON.parse(Deno.readTextFileSync(config));
  for (const name of ["overrides", "plugins"]) {
    if (name in options) {
      throw new TypeError(
        `Cannot use "${config}": it has "${name}", which only prettier itself knows; remove it`,
      );
    }
  }
  return options;
}

async function print(text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    bytes = bytes.subarray(await Deno.stdout.write(bytes));
  }
}

function explain(error: Error, { file }: Arguments): string {
  return error instanceof RpcError && error.remoteName === "SyntaxError"
    ? `${file}: SyntaxError: ${error.message}`
    : error.message;
}
