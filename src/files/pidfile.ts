import { lstatIfThere, removeIfThere, removeQuietly } from "./if_there.ts";
import { dirname, toPath } from "./paths.ts";
import { quote } from "../quote.ts";
import { isFull, kindOf } from "./place.ts";

const TEXT = `${Deno.pid}\n`;

/** How long a pidfile may be, in bytes. */
const MAX_BYTES = 20;

/** What a pidfile holds, or what a process that died while it wrote one left of it. */
const PID = /^\d{0,19}\n?$/;

/** A file that holds this process's id until it is disposed of. */
export class Pidfile implements Disposable {
  readonly #path: string;

  /**
   * Writes the file.
   *
   * @throws {Error} If it cannot be written, when nothing is left there, or what
   * is there is no pidfile, which is not touched.
   */
  constructor(path: string | URL) {
    this.#path = toPath(path, "pidfile");
    write(this.#path);
  }

  /** Removes the file, if it is still this process's. */
  [Symbol.dispose](): void {
    if (textOf(this.#path) === TEXT) removeIfThere(this.#path);
  }
}

function write(path: string): void {
  let file: Deno.FsFile | undefined;
  try {
    makeWay(path);
    file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
    file.writeSync(new TextEncoder().encode(TEXT));
  } catch (error) {
    if (file !== undefined) removeQuietly(path); // half of an id is another one
    throw explain(error as Error, path);
  } finally {
    file?.close();
  }
}

// What a killed daemon left there is replaced, never written through: it could
// be a link by now. Whatever else is there, somebody put there for a reason.
function makeWay(path: string): void {
  const there = lstatIfThere(path);
  if (there === undefined) return;
  const isLeft = there.isSymlink || PID.test(textOf(path) ?? "no pidfile");
  if (isLeft) return removeIfThere(path);
  const what = there.isFile ? "a file that holds no process id" : kindOf(there);
  throw new Deno.errors.AlreadyExists(`${what} is there, and was not touched`);
}

/** What a plain file holds, if it is as short as a pidfile. */
function textOf(path: string): string | undefined {
  const info = lstatIfThere(path);
  if (!info?.isFile || info.size > MAX_BYTES) return undefined;
  return Deno.readTextFileSync(path);
}

// A full disk does not say which file it has no room for.
function explain(error: Error, path: string): Error {
  const remedy = error instanceof Deno.errors.NotFound
    ? `make its directory with: mkdir -p ${quote(dirname(path))}`
    : error instanceof Deno.errors.AlreadyExists
    ? "remove it, or choose another path"
    : `${isFull(error) ? "make room for it, or " : ""}choose another path`;
  error.message =
    `Cannot write the pidfile "${path}": ${error.message}; ${remedy}`;
  return error;
}
