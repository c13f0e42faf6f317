import { fromFileUrl } from "@std/path";
import { toText } from "@std/streams";
import type { AutodOptions } from "../command/options.ts";
import { inTime } from "./deadline.ts";
import { ended } from "./ended.ts";

/** The library's URL, as a program outside of this checkout imports it. */
export const LIBRARY = new URL("../../mod.ts", import.meta.url).href;

/** The path of the command that does a {@linkcode Job}. */
export const CALL = fromFileUrl(new URL("./call.ts", import.meta.url));

/** What `call.ts` is to do. */
export interface Job {
  /** What it gives to `autod()`, as far as JSON goes. */
  readonly options: AutodOptions;
  /** The calls that it makes, each a name and its arguments. */
  readonly calls?: readonly (readonly [method: string, ...args: unknown[]])[];
  /** Tell "loaded" and wait for the end of stdin first. */
  readonly barrier?: boolean;
  /** A file to lock for as long as the command lives. */
  readonly lock?: string;
  /** Stay connected for ever. */
  readonly hold?: boolean;
  /** Tell the id of the daemon's process as soon as there is one. */
  readonly tellProcess?: boolean;
}

/** A line that `call.ts` prints. */
export type Told =
  | { readonly event: "loaded" }
  | { readonly event: "process"; readonly pid: number }
  | Answered
  | Failed;

/** What a command that worked tells. */
export interface Answered {
  readonly event: "answered";
  readonly pid: number;
  readonly spawned: boolean;
  readonly answers: readonly unknown[];
}

/** What a command tells that got an error. */
export interface Failed {
  readonly event: "failed";
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Variables that are added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Make it the leader of a process group of its own, as a terminal does. */
  readonly detached?: boolean;
}

/** How a deno command is run. */
export interface CommandOptions extends RunOptions {
  /**
   * Its permission flags.
   *
   * @default {["--allow-all"]}
   */
  readonly flags?: readonly string[];
}

/** The arguments of deno that make it do a job. */
export function jobArgs(
  job: Job,
  flags: readonly string[] = ["--allow-all"],
): string[] {
  return ["run", "--no-prompt", ...flags, CALL, JSON.stringify(job)];
}

/** A program that runs, and what it prints. */
export class Running implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  /** Resolves to everything on stderr, when nobody can print to it any more. */
  readonly stderr: Promise<string>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #detached: boolean;
  /** All that it printed so far. */
  #stdout = "";
  /** Where in it the next line begins. */
  #at = 0;

  /** Starts the program. */
  constructor(
    program: string,
    args: string[],
    { cwd, env, detached = false }: RunOptions = {},
  ) {
    this.#detached = detached;
    this.process = new Deno.Command(program, {
      args,
      cwd,
      detached,
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reader = this.process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    this.stderr = toText(this.process.stderr);
  }

  /** The program's process id. */
  get pid(): number {
    return this.process.pid;
  }

  /** Resolves to the next line on stdout. */
  async line(): Promise<string> {
    let end: number;
    while ((end = this.#stdout.indexOf("\n", this.#at)) === -1) {
      await this.#read("the next line");
    }
    const line = this.#stdout.slice(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  /** Resolves to all lines that were printed once there are so many. */
  async lines(count: number): Promise<string[]> {
    const lines = () => this.#stdout.split("\n").slice(0, -1);
    while (lines().length < count) await this.#read(`${count} lines`);
    return lines();
  }

  /** Resolves to all that was printed once it is as long as `text`. */
  async printed(text: string): Promise<string> {
    while (this.#stdout.length < text.length) {
      await this.#read(`the text ${text}`);
    }
    return this.#stdout;
  }

  async #read(what: string): Promise<void> {
    const { done, value } = await inTime(this.#reader.read(), what);
    if (done) throw new Error(`It ended without a word: ${await this.stderr}`);
    this.#stdout += value;
  }

  /** Resolves to what the next line tells. */
  async told(): Promise<Told> {
    return JSON.parse(await this.line());
  }

  /** Resolves to what the next line tells, which is to be `event`. */
  async tells<E extends Told["event"]>(
    event: E,
  ): Promise<Told & { readonly event: E }> {
    const told = await this.told();
    if (told.event !== event) {
      throw new Error(`It should tell "${event}": ${JSON.stringify(told)}`);
    }
    return told as Told & { readonly event: E };
  }

  /** Ends the program's stdin. */
  async closeStdin(): Promise<void> {
    // One that has ended by now took no notice of it.
    if (!this.process.stdin.locked) {
      await this.process.stdin.close().catch(() => {});
    }
  }

  /** Sends a signal to the program; to its whole group if it has one of its own, as Ctrl-C does. */
  kill(signal: Deno.Signal): void {
    if (this.#detached) Deno.kill(-this.pid, signal);
    else this.process.kill(signal);
  }

  /** Resolves when the program has ended by itself. */
  ended(): Promise<Deno.CommandStatus> {
    return ended(this.process);
  }

  /** Ends the program, if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeStdin();
    try {
      this.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.process.status;
    await this.#reader.cancel();
    await inTime(this.stderr, "the end of a command's stderr");
  }
}

/** Starts a command that does `job`. */
export function startCommand(job: Job, options: CommandOptions = {}): Running {
  const { flags, ...rest } = options;
  return new Running(Deno.execPath(), jobArgs(job, flags), rest);
}

/** Lets a command do `job`, and resolves to what it told last, when its output has ended. */
export async function runCommand(
  job: Job,
  options: CommandOptions = {},
): Promise<Told> {
  const { stdout, stderr } = await runDeno(
    jobArgs(job, options.flags),
    options,
  );
  const line = stdout.trim().split("\n").at(-1);
  if (!line) throw new Error(`The command said nothing: ${stderr}`);
  return JSON.parse(line);
}

/** As {@linkcode runCommand}, for a job that should work. */
export async function answerOf(
  job: Job,
  options: CommandOptions = {},
): Promise<Answered> {
  const told = await runCommand(job, options);
  if (told.event === "answered") return told;
  throw new Error(`The command failed: ${JSON.stringify(told)}`);
}

/** As {@linkcode runCommand}, for a job that should fail. */
export async function failureOf(
  job: Job,
  options: CommandOptions = {},
): Promise<Failed> {
  const told = await runCommand(job, options);
  if (told.event === "failed") return told;
  throw new Error(`The command worked: ${JSON.stringify(told)}`);
}

/** What a program printed, and how it ended. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs deno, and resolves when it has ended and nobody can print to its output any more. */
export function runDeno(
  args: string[],
  options: RunOptions = {},
): Promise<Output> {
  return runProgram(Deno.execPath(), args, options);
}

/** As {@linkcode runDeno}, for another program, with `input` on its stdin. */
export async function runProgram(
  program: string,
  args: string[],
  { cwd, detached, env }: RunOptions = {},
  input?: string,
): Promise<Output> {
  const process = new Deno.Command(program, {
    args,
    cwd,
    detached,
    env: { NO_COLOR: "1", ...env },
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) {
    // It may read nothing.
    new Blob([input]).stream().pipeTo(process.stdin).catch(() => {});
  }
  const output = process.output();
  const { code, stdout, stderr } = await inTime(output, "the end of an output");
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
