import { removeIfThere, removeQuietly } from "./if_there.ts";
import { openOwnFile } from "./own_file.ts";
import { writeSafely } from "../write_safely.ts";

/** Gets what the daemon prints, in whole lines with their line feeds. */
export type LogListener = (text: string) => void;

/** The daemon's log: each line with the time and the pid. */
export class Log {
  /** Where it is. */
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #listeners = new Set<LogListener>();
  /** Whether the last lines could not be written, or not all of them. */
  #isTorn = false;

  /**
   * Opens the log of a socket's daemon to append to it; a long one is put aside first.
   *
   * @throws {AutodError} If it is a link, or not this user's alone.
   */
  constructor(path: string, sockfile: string) {
    this.path = path;
    const { file, info } = openOwnFile({ path, sockfile }, { append: true });
    this.#file = file;
    if (info.size > MAX_LOG_BYTES) this.#putAside();
  }

  // Its starter may have led this process's stderr to the file: it stays the one.
  #putAside(): void {
    const aside = `${this.path}.1`;
    try {
      removeIfThere(aside);
      Deno.copyFileSync(this.path, aside);
      this.#file.truncateSync();
    } catch (error) {
      // What there is stays: a long log is worth more than none, or no daemon.
      removeQuietly(aside); // half of it would take the last of a full disk
      this.write(`Cannot put the log aside: ${(error as Error).message}`);
    }
  }

  /** Adds a listener; the result removes it. */
  listen(listener: LogListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Writes `text`, which may have several lines, with or without the last line
   * feed. Never throws: a full disk must not end the daemon.
   */
  write(text: string): void {
    const stamp = `${new Date().toISOString()} ${Deno.pid} `;
    const bare = text.replace(/\n$/, "");
    const lines = withoutColours(bare).split("\n");
    // A full disk may have taken half a line, behind which none would be found.
    const lost = this.#isTorn ? `\n${stamp}Lines before this were lost\n` : "";
    const stamped = lines.map((line) => `${stamp}${line}\n`).join("");
    this.#isTorn = !writeSafely(this.#file, lost + stamped);
    for (const listener of this.#listeners) listener(`${bare}\n`);
  }
}

/** A log of more bytes is put aside as `<logfile>.1` when a daemon starts. */
export const MAX_LOG_BYTES = 1024 * 1024;

/** `text` without the codes that colour it in a terminal. */
export function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex -- they begin with a control character
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
