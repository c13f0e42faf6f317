import {
  explainExit,
  explainSpawn,
  explainStart,
  explainTimeout,
} from "./explain.ts";
import type { Settings } from "./options.ts";
import { fromFileUrl } from "./paths.ts";
import type { DaemonConfig, Readiness } from "./readiness.ts";

/** How much of what a starting daemon prints is kept, in characters. */
const MAX_PRINTED = 8 * 1024;

/**
 * Starts a daemon's process and resolves when it serves, or when it has found
 * that another one does.
 *
 * @throws {AutodError} If it fails, ends, or is not ready by `deadline`, when it is killed.
 */
export async function startProcess(
  program: string,
  flags: string[],
  settings: Settings,
  deadline: number,
): Promise<Deno.ChildProcess> {
  const { signal, onProcess } = settings;
  const process = spawn(program, flags, settings);
  process.unref();
  onProcess?.(process);
  let killed = false;
  const kill = () => {
    killed = true;
    process.kill("SIGKILL");
  };
  const timer = setTimeout(kill, deadline - Date.now());
  signal?.addEventListener("abort", kill);
  const printed = new Printed(process.stderr, settings.debug);
  try {
    sendMain(process, settings);
    const readiness = await readReadiness(process, printed);
    if (readiness?.autod === "failed") {
      const { stage, error } = readiness;
      await process.status;
      throw explainStart(stage, error, settings, await printed.all());
    }
    if (readiness === undefined) {
      const status = await process.status;
      const said = await printed.all();
      signal?.throwIfAborted();
      throw killed
        ? explainTimeout(`its process was not ready and was ended`, settings)
        : explainExit(status, program, settings, said);
    }
    return process;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
    printed.stop();
  }
}

function spawn(
  program: string,
  flags: string[],
  settings: Settings,
): Deno.ChildProcess {
  const cwd = settings.cwd ?? directoryOf(settings.rpcfile);
  const env: Record<string, string> = { ...settings.env };
  for (;;) {
    try {
      return new Deno.Command(program, {
        args: ["run", "--no-prompt", ...flags, "-"],
        cwd,
        env,
        clearEnv: settings.env !== undefined,
        // A session of its own: no Ctrl-C and no hang-up of a terminal reaches it.
        detached: true,
        // Never the caller's: whoever waits for its end would wait for the daemon's.
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (cause) {
      const error = cause as Error;
      // A command that may not run everything may not hand such a variable on.
      const loader = /\b(?:LD|DYLD)_\w+/.exec(error.message)?.[0];
      if (
        !(error instanceof Deno.errors.NotCapable) || loader === undefined ||
        loader in env
      ) {
        throw explainSpawn(error, program, cwd, settings);
      }
      env[loader] = "";
    }
  }
}

// The main module comes on stdin, so that Deno looks for the author's
// configuration in the working directory, wherever this library lies; and the
// specifiers in it are literals, so that the daemon needs no permission to
// read its own code.
async function sendMain(
  process: Deno.ChildProcess,
  settings: Settings,
): Promise<void> {
  const { sockfile, logfile, pidfile, rpcfile } = settings;
  const { args, autoclose, exit, timeout, version } = settings;
  const config: DaemonConfig = {
    sockfile,
    logfile,
    pidfile,
    rpcfile,
    args,
    autoclose,
    exit,
    version,
    timeout,
  };
  const main = `import { runDaemon } from ${
    JSON.stringify(import.meta.resolve("./daemon.ts"))
  };\nawait runDaemon(${JSON.stringify(config)}, () => import(${
    JSON.stringify(rpcfile)
  }));\n`;
  const writer = process.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(main));
    await writer.close();
  } catch {
    // It ended before it read all of this, and will be asked why.
  }
}

async function readReadiness(
  process: Deno.ChildProcess,
  printed: Printed,
): Promise<Readiness | undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  const reader = process.stdout.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      const lines = (rest + decoder.decode(value, { stream: true })).split(
        "\n",
      );
      rest = lines.pop()!.slice(-MAX_PRINTED);
      for (const line of lines) {
        if (line.startsWith('{"autod":')) return JSON.parse(line);
        printed.add(`${line}\n`); // what an rpcfile wrote there by itself
      }
    }
  } finally {
    await reader.cancel();
  }
}

/** The end of what a starting daemon prints, and what Deno prints about it. */
class Printed {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #show: boolean;
  readonly #ended: Promise<void>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>, show: boolean) {
    this.#reader = stream.getReader();
    this.#show = show;
    this.#ended = this.#read();
  }

  add(text: string): void {
    this.#text = (this.#text + text).slice(-MAX_PRINTED);
    if (this.#show) Deno.stderr.writeSync(new TextEncoder().encode(text));
  }

  /** Resolves to the end of it, when the process has ended. */
  async all(): Promise<string> {
    await this.#ended;
    return this.#text;
  }

  /** Lets go of the stream. */
  stop(): void {
    this.#reader.cancel().catch(() => {});
  }

  // Read to the end: a daemon whose pipe is full stops.
  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.add(decoder.decode(value, { stream: true }));
    }
  }
}

function directoryOf(rpcfile: string): string {
  const url = new URL(".", rpcfile);
  return url.protocol === "file:" ? fromFileUrl(url) : "/";
}
