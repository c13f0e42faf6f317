import { lstatIfThere } from "./if_there.ts";
import { isGranted, isOwn, isWritableByOthers } from "./access.ts";
import { dirname } from "./paths.ts";
import { kindOf, type Place, unsafeFile } from "./place.ts";

/** How often a file may be replaced by another one while it is opened. */
const MAX_CHANGES = 10;

/** A file that is open. */
export interface OpenFile {
  readonly file: Deno.FsFile;
  /** What it was when it was opened. */
  readonly info: Deno.FileInfo;
}

/**
 * Opens a file of this user's for a socket, or makes it, for nobody else to read.
 * Neither symbolic nor hard links are taken for it.
 *
 * Deno cannot be told to follow no link (O_NOFOLLOW), so the file is looked at
 * before and after. A link that is put in its place between the two is opened
 * and closed again: nothing is made, written or truncated through it.
 *
 * @throws {AutodError} If something else is in its place, or it is another user's.
 */
export function openOwnFile(
  place: Place,
  options: Deno.OpenOptions,
): OpenFile {
  const { path } = place;
  for (let changes = 0; changes < MAX_CHANGES; changes++) {
    const before = lstatIfThere(path);
    if (before) checkKind(place, before, options);
    const file = tryOpen(
      path,
      before ? options : { ...options, createNew: true, mode: 0o600 },
    );
    if (file === undefined) continue;
    let info: Deno.FileInfo | undefined;
    try {
      info = look(place, file, before);
      if (info) return { file, info };
    } finally {
      if (!info) file.close();
    }
  }
  throw unsafeFile(
    place,
    "is replaced all the time; choose a directory of your own",
  );
}

/** Makes sure that it can be such a file, before it is opened: a pipe would wait for who reads it. */
function checkKind(
  place: Place,
  info: Deno.FileInfo,
  { append }: Deno.OpenOptions,
): void {
  // A log may go to /dev/null, which is root's and everybody's.
  if (info.isFile || append && info.isCharDevice) return;
  const remedy = append ? "remove it, or choose another logfile" : "remove it";
  throw unsafeFile(place, `is ${kindOf(info)}, and was not touched; ${remedy}`);
}

/** Opens or makes a file; `undefined` if it was removed, or made, since it was looked at. */
function tryOpen(
  path: string,
  options: Deno.OpenOptions,
): Deno.FsFile | undefined {
  const { AlreadyExists, NotFound } = Deno.errors;
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (error instanceof (options.createNew ? AlreadyExists : NotFound)) return;
    throw error;
  }
}

/**
 * What the file is that was opened; `undefined` if it is another one than
 * there was `before`, or than there is now.
 *
 * @throws {AutodError} If there was one, and it is not this user's alone.
 */
function look(
  place: Place,
  file: Deno.FsFile,
  before: Deno.FileInfo | undefined,
): Deno.FileInfo | undefined {
  const { path } = place;
  const info = byFile(
    place,
    () => file.statSync(),
    () => lstatIfThere(path),
  );
  if (info === undefined || before === undefined) return info;
  if (info.dev !== before.dev || info.ino !== before.ino) return undefined;
  const state = before.isFile ? stateOf(place, file, info) : undefined;
  if (state === undefined) return info;
  throw unsafeFile(place, state);
}

/**
 * Does to an open file what is asked for; `undefined` if that is another one by
 * now. Deno wants its real path permitted for that, which is another one where a
 * directory on the way to it is a link: it is done by the path that is permitted
 * then, if nobody else can put anything there.
 *
 * @throws {AutodError} If somebody could.
 */
function byFile<T>(
  place: Place,
  ofFile: () => T,
  ofPath: () => T,
): T | undefined {
  const { path } = place;
  try {
    return ofFile();
  } catch (error) {
    const real = realPathIn(error);
    if (real === undefined) throw error;
    if (isAlone(dirname(path), dirname(real))) return ofPath();
    if (isLink(path)) return undefined; // put there just now
    throw unsafeFile(
      place,
      `is reached through a link, and is "${real}" without it: name that, or use a directory that is yours alone, and that this command may read and write`,
    );
  }
}

/** The path that Deno wants permitted instead of the one that was opened. */
function realPathIn(error: unknown): string | undefined {
  return error instanceof Deno.errors.NotCapable
    ? /access to "(.*)", run again/s.exec(error.message)?.[1]
    : undefined;
}

/** Whether a directory is known to be `real`, this user's, and one in which others can change nothing. */
function isAlone(directory: string, real: string): boolean {
  if (!isGranted("read", directory) || !isGranted("write", directory)) {
    return false;
  }
  const info = Deno.statSync(directory);
  return info.mode !== null && !isWritableByOthers(info) &&
    isOwn(info.uid, (time) => Deno.utimeSync(directory, time, time)) &&
    Deno.realPathSync(directory) === real;
}

function isLink(path: string): boolean {
  return lstatIfThere(path)?.isSymlink ?? true;
}

/** Why a file is not this user's alone, if it is not. */
function stateOf(
  place: Place,
  file: Deno.FsFile,
  { uid, nlink }: Deno.FileInfo,
): string | undefined {
  const touch = (time: number) =>
    byFile(
      place,
      () => file.utimeSync(time, time),
      () => Deno.utimeSync(place.path, time, time),
    );
  if (!isOwn(uid, touch)) {
    return `belongs to another user (${uid}); choose a directory of your own`;
  }
  // Somebody may have given a name here to a file that is precious elsewhere.
  if (nlink !== null && nlink > 1) {
    return "is a hard link, and was not touched; remove it";
  }
}
