import { lstatIfThere } from "./if_there.ts";
import { isOwn } from "./paths.ts";
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
): Deno.FsFile {
  for (let changes = 0; changes < MAX_CHANGES; changes++) {
    const before = lstatIfThere(path);
    const file = before === undefined
      ? create(path, options)
      : open(path, sockfile, before, options);
    if (file !== undefined) return file;
  }
  throw unsafeFile(
    sockfile,
    path,
    "is replaced all the time; choose a directory of your own",
  );
}

function create(
  path: string,
  options: Deno.OpenOptions,
): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { ...options, createNew: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
}

/** Opens what is there; `undefined` if that has changed meanwhile. */
function open(
  path: string,
  sockfile: string,
  before: Deno.FileInfo,
  options: Deno.OpenOptions,
): Deno.FsFile | undefined {
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
  const after = file.statSync();
  const isSame = after.dev === before.dev && after.ino === before.ino;
  const state = isSame && !isDevice ? stateOf(file, after) : undefined;
  if (isSame && state === undefined) return file;
  file.close();
  if (state !== undefined) throw unsafeFile(sockfile, path, state);
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

/** Why a file is not this user's alone, if it is not. */
function stateOf(
  file: Deno.FsFile,
  { uid, nlink }: Deno.FileInfo,
): string | undefined {
  if (!isOwn(uid, (time) => file.utimeSync(time, time))) {
    return `belongs to another user (${uid}); choose a directory of your own`;
  }
  // Somebody may have given a name here to a file that is precious elsewhere.
  if (nlink !== null && nlink > 1) {
    return "is a hard link, and was not touched; remove it";
  }
}
