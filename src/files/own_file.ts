import { lstatIfThere } from "./if_there.ts";
import { dirname, isGranted, isOwn, isWritableByOthers } from "./paths.ts";
import { kindOf, unsafeFile } from "./place.ts";

/** How often a file may be replaced by another one while it is opened. */
const MAX_CHANGES = 10;

/** How a file of a socket's is opened. */
export interface OwnFileOptions {
  /** The socket that it is for, which the errors name. */
  readonly sockfile: string;
  readonly read?: boolean;
  readonly write?: boolean;
  readonly append?: boolean;
}

/** A file that is open. */
export interface OpenFile {
  readonly file: Deno.FsFile;
  /** What it was when it was opened. */
  readonly info: Deno.FileInfo;
}

/**
 * Opens a file of this user's, or makes it, for nobody else to read. Neither
 * symbolic nor hard links are taken for it.
 *
 * Deno cannot be told to follow no link (O_NOFOLLOW), so the file is looked at
 * before and after. A link that is put in its place between the two is opened
 * and closed again: nothing is made, written or truncated through it.
 *
 * @throws {AutodError} If something else is in its place, or it is another user's.
 */
export function openOwnFile(
  path: string,
  { sockfile, ...options }: OwnFileOptions,
): OpenFile {
  for (let changes = 0; changes < MAX_CHANGES; changes++) {
    const before = lstatIfThere(path);
    const opened = before === undefined
      ? create(path, sockfile, options)
      : open(path, sockfile, before, options);
    if (opened !== undefined) return opened;
  }
  throw unsafeFile(
    sockfile,
    path,
    "is replaced all the time; choose a directory of your own",
  );
}

function create(
  path: string,
  sockfile: string,
  options: Deno.OpenOptions,
): OpenFile | undefined {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { ...options, createNew: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
  return closing(file, () => look(path, file, sockfile));
}

/** Opens what is there; `undefined` if that has changed meanwhile. */
function open(
  path: string,
  sockfile: string,
  before: Deno.FileInfo,
  options: Deno.OpenOptions,
): OpenFile | undefined {
  // A log may go to /dev/null, which is root's and everybody's.
  const isDevice = before.isCharDevice === true && options.append === true;
  if (!before.isFile && !isDevice) {
    const remedy = options.append
      ? "remove it, or choose another logfile"
      : "remove it";
    const state = `is ${kindOf(before)}, and was not touched; ${remedy}`;
    throw unsafeFile(sockfile, path, state);
  }
  const file = openIfThere(path, options);
  if (file === undefined) return undefined;
  return closing(file, () => {
    const opened = look(path, file, sockfile);
    const { info } = opened ?? {};
    if (info?.dev !== before.dev || info.ino !== before.ino) return undefined;
    const state = isDevice ? undefined : stateOf(path, opened!, sockfile);
    if (state !== undefined) throw unsafeFile(sockfile, path, state);
    return opened;
  });
}

/** What `use` returns; the file is closed if that is nothing, or if it throws. */
function closing(
  file: Deno.FsFile,
  use: () => OpenFile | undefined,
): OpenFile | undefined {
  let opened: OpenFile | undefined;
  try {
    opened = use();
    return opened;
  } finally {
    if (opened === undefined) file.close();
  }
}

function openIfThere(
  path: string,
  options: Deno.OpenOptions,
): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What the file is that was opened at `path`; `undefined` if that has changed meanwhile. */
function look(
  path: string,
  file: Deno.FsFile,
  sockfile: string,
): OpenFile | undefined {
  const place = { path, sockfile };
  const info = byFile(
    place,
    () => file.statSync(),
    () => lstatIfThere(path),
  );
  return info && { file, info };
}

/** Where a file was opened, and for which socket. */
interface Place {
  readonly path: string;
  readonly sockfile: string;
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
  { path, sockfile }: Place,
  ofFile: () => T,
  ofPath: () => T,
): T | undefined {
  try {
    return ofFile();
  } catch (error) {
    const real = realPathIn(error);
    if (real === undefined) throw error;
    if (isAlone(dirname(path), dirname(real))) return ofPath();
    if (isLink(path)) return undefined; // put there just now
    throw unsafeFile(
      sockfile,
      path,
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
  path: string,
  { file, info: { uid, nlink } }: OpenFile,
  sockfile: string,
): string | undefined {
  const touch = (time: number) =>
    byFile(
      { path, sockfile },
      () => file.utimeSync(time, time),
      () => Deno.utimeSync(path, time, time),
    );
  if (!isOwn(uid, touch)) {
    return `belongs to another user (${uid}); choose a directory of your own`;
  }
  // Somebody may have given a name here to a file that is precious elsewhere.
  if (nlink !== null && nlink > 1) {
    return "is a hard link, and was not touched; remove it";
  }
}
