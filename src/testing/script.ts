import { TextLineStream, toText } from "@std/streams";
import { ended } from "./ended.ts";
import type { Sandbox } from "./sandbox.ts";

function urlOf(name: string): string {
  return JSON.stringify(import.meta.resolve(`../../${name}`));
}

/** What every script starts with; each name is there to be used. */
const PROLOGUE = `
import { autod, withSignal } from ${urlOf("mod.ts")};
import { createServer } from ${urlOf("server.ts")};
import { listen } from ${urlOf("listen.ts")};
`;

/** JavaScript that runs in a process of its own, with all permissions. */
export class Script implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  /** Resolves to everything on stderr, when the script has ended. */
  readonly stderr: Promise<string>;

  /** Runs `code`, a module with the functions of this library in scope. */
  constructor(box: Sandbox, code: string) {
    const file = box.write(`${crypto.randomUUID()}.js`, PROLOGUE + code);
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-prompt", file],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
    this.stderr = toText(this.#process.stderr);
  }

  /** The script's process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves to the next line on stdout, or `undefined` at its end. */
  async line(): Promise<string | undefined> {
    return (await this.#lines.read()).value;
  }

  /** Sends a signal to the script. */
  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Resolves when the script has ended by itself. */
  ended(): Promise<Deno.CommandStatus> {
    return ended(this.#process);
  }

  /** Ends the script if its test did not wait for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.status;
    await this.#lines.cancel();
    await this.stderr;
  }
}
