import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { toText } from "@std/streams";
import { lstatIfThere } from "../files/if_there.ts";
import { inTime } from "./deadline.ts";
import type { Sandbox } from "./sandbox.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** The text of the README. */
export const README = Deno.readTextFileSync(`${ROOT}README.md`);

/** The code block of `language` that follows `mark` in a document. */
export function block(
  mark: string,
  language: string,
  document = "README.md",
): string {
  const text = Deno.readTextFileSync(ROOT + document);
  const at = text.indexOf(mark);
  const start = text.indexOf("```" + language, at);
  assert(at > 0 && start > 0, `${document} has no ${language} after ${mark}`);
  const from = text.indexOf("\n", start) + 1;
  return text.slice(from, text.indexOf("```", from));
}

/** The commands of the transcript that follows `mark` in a document, each with what it prints. */
export function transcript(
  mark: string,
  document?: string,
): { readonly command: string; readonly output: string }[] {
  const steps = block(mark, "console", document).split(/^\$ /m).slice(1);
  return steps.map((step) => {
    const end = step.indexOf("\n");
    return { command: step.slice(0, end), output: step.slice(end + 1) };
  });
}

/** Runs a shell script in the checkout, where `npx` and `deno` are this Deno. */
export async function sh(
  box: Sandbox,
  script: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = await new Deno.Command("/bin/sh", optionsIn(box, script))
    .output();
  const [stdout, stderr] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout, stderr };
}

function optionsIn(box: Sandbox, script: string): Deno.CommandOptions {
  return {
    args: ["-c", script],
    cwd: ROOT,
    env: {
      PATH: `${programsIn(box)}:${Deno.env.get("PATH")}`,
      TMPDIR: box.dir,
      XDG_RUNTIME_DIR: box.dir,
      NO_COLOR: "1",
    },
  };
}

/** Where `npx` and `deno` are this Deno. */
function programsIn(box: Sandbox): string {
  const bin = box.path("bin");
  // Written once, as another script may be running it.
  if (lstatIfThere(bin) === undefined) {
    box.write("bin/npx", '#!/bin/sh\nshift 2\nexec deno "$@"\n');
    Deno.chmodSync(`${bin}/npx`, 0o755);
    Deno.symlinkSync(Deno.execPath(), `${bin}/deno`);
  }
  return bin;
}

/** A shell script as {@linkcode sh} runs it, that goes on until it is killed. */
export class RunningScript implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;
  #stdout = "";

  /** Starts the script. */
  constructor(box: Sandbox, script: string) {
    this.#process = new Deno.Command("/bin/sh", {
      ...optionsIn(box, script),
      detached: true, // a group of its own, as in a terminal
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    this.#stderr = toText(this.#process.stderr);
  }

  /** The process id of the shell, or of what it has become by `exec`. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves to all that was printed once it is as long as `text`. */
  async printed(text: string): Promise<string> {
    const isAll = (stdout: string) => stdout.length >= text.length;
    return await this.#readUntil(isAll, `the text ${text}`);
  }

  /** Resolves to the lines that were printed once there are so many. */
  async lines(count: number): Promise<string[]> {
    const split = (stdout: string) => stdout.split("\n").slice(0, -1);
    const isAll = (stdout: string) => split(stdout).length >= count;
    return split(await this.#readUntil(isAll, `${count} lines`));
  }

  async #readUntil(
    isAll: (stdout: string) => boolean,
    what: string,
  ): Promise<string> {
    while (!isAll(this.#stdout)) {
      const { done, value } = await inTime(this.#reader.read(), what);
      if (done) throw new Error(`It ended: ${await this.#stderr}`);
      this.#stdout += value;
    }
    return this.#stdout;
  }

  /** Sends a signal to all of its processes, as Ctrl-C does, and waits for their end. */
  async kill(signal: Deno.Signal): Promise<void> {
    Deno.kill(-this.#process.pid, signal);
    await inTime(this.#process.status, "the end of a script");
  }

  /** Resolves to the script's exit code when it has ended by itself. */
  async ended(): Promise<number> {
    return (await inTime(this.#process.status, "the end of a script")).code;
  }

  /** Ends the script, if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      Deno.kill(-this.#process.pid, "SIGKILL");
    } catch {
      // All of it has ended.
    }
    await this.#process.status;
    await this.#reader.cancel();
    await this.#stderr;
  }
}
