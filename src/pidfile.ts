import { lstatIfThere, removeIfThere } from "./if_there.ts";
import { isGranted, toPath } from "./paths.ts";

/** A file that holds this process's id until it is disposed of. */
export class Pidfile implements Disposable {
  readonly #path: string;

  /**
   * Writes the file.
   *
   * @throws {Error} If it cannot be written; then nothing is left there.
   */
  constructor(path: string | URL) {
    this.#path = toPath(path, "pidfile");
    write(this.#path);
  }

  /** Removes the file; it may be gone already. */
  [Symbol.dispose](): void {
    removeIfThere(this.#path);
  }
}

function write(path: string): void {
  let file: Deno.FsFile | undefined;
  try {
    makeWay(path);
    file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
    file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  } catch (error) {
    if (file !== undefined) removeIfThere(path); // half of an id is another one
    throw explain(error as Error, path);
  } finally {
    file?.close();
  }
}

// What a killed daemon left there is replaced, never written through: it could
// be a link by now. A device or a directory was put there by nobody's mistake
// but that of whoever chose the path.
function makeWay(path: string): void {
  // Whoever serves in the foreground may be permitted to write it alone.
  const there = isGranted("read", path) ? lstatIfThere(path) : undefined;
  if (there && !there.isFile && !there.isSymlink) return;
  removeIfThere(path);
}

// A full disk does not say which file it has no room for.
function explain(error: Error, path: string): Error {
  error.message =
    `Cannot write the pidfile "${path}": ${error.message}; make room for it, or choose another path`;
  return error;
}
