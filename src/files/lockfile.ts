import { filesOf } from "./daemon_files.ts";
import { lstatIfThere } from "./if_there.ts";
import { isGranted } from "./access.ts";
import { type OpenFile, openOwnFile } from "./own_file.ts";
import { explainFile, noLocks } from "./place.ts";

/** What is noted in a lock file, for people and for errors. */
export interface Note {
  /** The daemon. */
  readonly pid?: number;
  /** What the daemon does, by its own word. */
  readonly state?: "starting" | "serving" | "closing";
  /** The socket of the daemon, as `identify` knows it. */
  readonly socket?: string;
  /** The command that starts a daemon. */
  readonly starter?: number;
  /** Why the last command that tried to start one could not. */
  readonly failure?: string;
}

/**
 * Opens or makes a lock file, which nobody else may read.
 *
 * @throws {AutodError} If its directory does not exist, or it is not this user's alone.
 */
export function openLockfile(path: string, sockfile: string): OpenFile {
  try {
    return openOwnFile({ path, sockfile }, { read: true, write: true });
  } catch (error) {
    throw explainFile(sockfile, error);
  }
}

/**
 * Locks a lock file, which was opened at `path`, if it can be had now: for this
 * process alone, or `shared` with others.
 *
 * @throws {AutodError} If its file system has no locks.
 */
export function tryLock(
  lock: Deno.FsFile,
  path: string,
  { shared = false } = {},
): boolean {
  try {
    return lock.tryLockSync(!shared);
  } catch (error) {
    throw noLocks(path.replace(/\.(?:lock|spawn)$/, ""), error);
  }
}

/** Replaces the note in a lock file that this process holds. */
export function writeNote(lock: Deno.FsFile, note: Note): void {
  const bytes = new TextEncoder().encode(JSON.stringify(note) + "\n");
  try {
    // In one step, for those who read it just now: what is left behind the line
    // feed of a longer one is no part of it.
    lock.seekSync(0, Deno.SeekMode.Start);
    lock.writeSync(bytes);
    lock.truncateSync(bytes.length);
  } catch {
    // A full disk: the lock holds without its note.
    try {
      lock.truncateSync(0);
    } catch {
      // It has the one before.
    }
  }
}

/** Adds to the note in a lock file at `path` that this process holds it, as it starts a daemon. */
export function noteStarter(lock: Deno.FsFile, path: string): void {
  writeNote(lock, { ...readNote(path), starter: Deno.pid });
}

/** What is noted in a lock file, if it can be read just now. */
export function readNote(path: string): Note {
  try {
    if (!Deno.lstatSync(path).isFile) return {}; // a pipe would wait for a writer
    const [line] = Deno.readTextFileSync(path).split("\n", 1);
    const note: Note = JSON.parse(line);
    return { ...note, pid: toPid(note.pid), starter: toPid(note.starter) };
  } catch {
    return {}; // there is none
  }
}

// Others would mean a group of processes, or all of them, to whoever ends it.
function toPid(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && value as number > 0
    ? value as number
    : undefined;
}

/**
 * Who holds the claim of a socket, as far as its lock file tells; or, where this
 * process may not look at that, whom the last command found that may start one.
 */
export function readClaim(sockfile: string): Note {
  const { lock, spawnLock } = filesOf(sockfile);
  if (isGranted("read", lock)) {
    try {
      return readHolder(lock) ?? {};
    } catch {
      // The system denies it: what is said of the daemon matters more.
    }
  }
  const note = isGranted("read", spawnLock) ? readNote(spawnLock) : {};
  // That pid may be another process's as well, unless its socket is still there.
  const isServed = note.socket !== undefined &&
    note.socket === identify(sockfile);
  return isServed ? note : {};
}

/**
 * What is noted in a lock file that somebody holds; `undefined` if nobody does,
 * when its pid may be another process's by now.
 *
 * @throws {Error} As {@linkcode isLocked}.
 */
export function readHolder(path: string): Note | undefined {
  return isLocked(path) ? readNote(path) : undefined;
}

/** What tells a socket from others that come to its place. */
export function identify(sockfile: string): string | undefined {
  try {
    const { ino, birthtime } = Deno.lstatSync(sockfile);
    return `${ino}, ${birthtime?.getTime()}`;
  } catch {
    return undefined; // there is none, or it cannot be looked at
  }
}

/**
 * Whether somebody holds the lock of a file; the file may be missing.
 *
 * @throws {Error} If it cannot be opened, or its file system has no locks.
 */
export function isLocked(path: string): boolean {
  // Daemons lock nothing else, and a directory cannot even be opened for it.
  if (!lstatIfThere(path)?.isFile) return false;
  // To be written as well, where that can be: a daemon whose socket was removed
  // hears of it, and puts it back.
  const file = isGranted("write", path) && tryOpen(path, { write: true }) ||
    tryOpen(path);
  if (!file) return false;
  using lock = file;
  // Shared, so that a daemon that starts just now is not kept from it for long.
  return !tryLock(lock, path, { shared: true });
}

/** Opens a file; `undefined` if it is not there, or cannot be opened to be written. */
function tryOpen(
  path: string,
  { write = false } = {},
): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { read: true, write });
  } catch (error) {
    if (write || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
