import { join } from "@std/path";
import { isIn, processesIn } from "./proc.ts";

/** Tells where a process belongs to, in its environment. */
const MARK = "AUTOD_BENCH";
/** How long a process may take to end by itself, in milliseconds. */
const END_TIMEOUT = 2000;
/** How often one that is killed is waited for, in milliseconds. */
const POLL = 2;

/**
 * A temporary folder and whatever runs in it. All processes carry its name in
 * their environment, and so do the daemons that they start: at its end none is
 * left of them.
 */
export class Yard implements AsyncDisposable {
  /** The folder, whose path is short enough for sockets. */
  readonly dir: string = Deno.makeTempDirSync({ prefix: "autod-bench-" });

  #end: Promise<void> | undefined;

  /** Whether it has ended, or is ending: nothing can be started any more. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** The path of `name` in the folder. */
  path(name: string): string {
    return join(this.dir, name);
  }

  /**
   * The folder of those that belong to `name`.
   *
   * @throws {Error} If all has ended.
   */
  folder(name: string): string {
    if (this.ended) throw new Error("Cannot measure: it was interrupted");
    const path = this.path(name);
    Deno.mkdirSync(path, { recursive: true });
    return path;
  }

  /** The environment of those that belong to `name`. */
  env(name: string): Record<string, string> {
    return { ...ENV, [MARK]: this.path(name) };
  }

  /** A command that belongs to `name`, and runs in its folder. */
  command(
    name: string,
    [program, ...args]: readonly string[],
    options: Deno.CommandOptions = {},
  ): Deno.Command {
    return new Deno.Command(program, {
      stdin: "null",
      ...options,
      args,
      clearEnv: true,
      env: { ...this.env(name), ...options.env },
      cwd: this.folder(name),
    });
  }

  /** The processes that belong to `name`. */
  processes(name: string): number[] {
    return processesIn(MARK, this.path(name));
  }

  /** Ends all that belong to `name`, gently at first, and resolves when they have ended. */
  async stop(name: string): Promise<void> {
    await end(this.path(name), "SIGTERM");
  }

  /** Kills whatever still runs here, and removes the folder. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#end ??= this.#clear();
  }

  async #clear(): Promise<void> {
    await end(this.dir, "SIGKILL");
    await Deno.remove(this.dir, { recursive: true });
  }
}

// Node reads the file of certificates when it starts, which takes longer than
// all the rest of its start.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...rest } = Deno.env
  .toObject();
const ENV: Record<string, string> = { ...rest, NO_COLOR: "1" };

/** Ends what belongs to `place`, and what that has started meanwhile. */
async function end(place: string, signal: Deno.Signal): Promise<void> {
  const found = processesIn(MARK, place);
  if (found.length === 0) return;
  for (const pid of found) kill(pid, signal);
  const deadline = Date.now() + END_TIMEOUT;
  while (found.some((pid) => isIn(pid, MARK, place))) {
    if (Date.now() > deadline) return await end(place, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  await end(place, signal);
}

function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
