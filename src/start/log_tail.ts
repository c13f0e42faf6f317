import { isGranted } from "../files/access.ts";

/** How much is read of it, in bytes. */
const MAX_BYTES = 8 * 1024;

/** What is added to a daemon's log from now on, as far as this command may read it. */
export class LogTail {
  readonly #path: string;
  readonly #start: number;

  /** Notes where the log ends; it need not exist. */
  constructor(path: string) {
    this.#path = path;
    this.#start = this.#size();
  }

  /** The end of what was added, without what the daemon printed; nothing if it cannot be read. */
  read(): string {
    // Each line of the daemon begins with the time and its pid.
    return this.#read().replace(/^\d{4}-\S+Z \d+ .*\n/gm, "");
  }

  /** The first line of the last error that the daemon of this id told to have died of. */
  uncaught(pid: number): string | undefined {
    const lines = `^\\d{4}-\\S+Z ${pid} Uncaught (?:\\(in promise\\) )?(.*)`;
    return [...this.#read().matchAll(new RegExp(lines, "gm"))].at(-1)?.[1];
  }

  #read(): string {
    const size = this.#size();
    const isNew = size < this.#start; // it was put aside
    const start = Math.max(isNew ? 0 : this.#start, size - MAX_BYTES);
    try {
      if (size === 0) return "";
      using file = Deno.openSync(this.#path);
      file.seekSync(start, Deno.SeekMode.Start);
      const bytes = new Uint8Array(MAX_BYTES);
      const count = file.readSync(bytes) ?? 0;
      return new TextDecoder().decode(bytes.subarray(0, count));
    } catch {
      return "";
    }
  }

  #size(): number {
    // Deno would ask for the permission otherwise.
    if (!isGranted("read", this.#path)) return 0;
    try {
      return Deno.statSync(this.#path).size;
    } catch {
      return 0; // there is none yet
    }
  }
}
