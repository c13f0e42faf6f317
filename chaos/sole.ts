import { setTimeout } from "node:timers/promises";
import { statOf } from "../src/testing/process_stat.ts";
import { FILES } from "./journal.ts";

/** How long to wait for a dying holder in vain, in milliseconds. */
const LIMIT = 2000;

/**
 * The proof that one daemon serves a folder's socket, which knows nothing of
 * the library's locks: an abstract socket, whose name the kernel gives to one
 * process at a time and takes back when that has died.
 */
export class Sole {
  readonly #dir: string;
  #listener: Deno.UnixListener | undefined;
  #sessions = 0;

  /** `dir` is the folder of the round. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Makes sure that nobody serves at this moment. */
  async check(): Promise<void> {
    (await this.#take())?.close();
  }

  /** Holds the name as long as there are sessions, of which this is one more. */
  async enter(): Promise<Disposable> {
    this.#sessions++;
    if (this.#sessions === 1) this.#listener = await this.#take();
    return {
      [Symbol.dispose]: () => {
        if (--this.#sessions > 0) return;
        this.#listener?.close();
        this.#listener = undefined;
      },
    };
  }

  async #take(): Promise<Deno.UnixListener | undefined> {
    const deadline = Date.now() + LIMIT;
    for (;;) {
      try {
        const path = `\0chaos${this.#dir}`;
        const listener = Deno.listen({ transport: "unix", path });
        Deno.writeTextFileSync(this.#path(FILES.holder), `${Deno.pid}`);
        return listener;
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse)) throw error;
        const holder = this.#holder();
        // The kernel takes a dying process's files away one after the other.
        if (isAlive(holder) || Date.now() > deadline) {
          this.#accuse(holder);
          return undefined;
        }
        await setTimeout(1);
      }
    }
  }

  #holder(): number {
    try {
      return Number(Deno.readTextFileSync(this.#path(FILES.holder)));
    } catch {
      return 0; // it has the name, and did not write its pid yet
    }
  }

  #accuse(holder: number): void {
    const line = `${
      new Date().toISOString()
    } ${Deno.pid} serves while ${holder} does\n`;
    const path = this.#path(FILES.violations);
    Deno.writeTextFileSync(path, line, { append: true });
  }

  #path(name: string): string {
    return `${this.#dir}/${name}`;
  }
}

/** `PF_EXITING` of the kernel. */
const EXITING = 0x4;

/** Whether a process runs, and has not begun to die. */
function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    const { 0: state, 6: flags } = statOf(pid);
    return !/[ZX]/.test(state) && (Number(flags) & EXITING) === 0;
  } catch {
    return false;
  }
}
