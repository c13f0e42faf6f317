// Whether a socket, its lock and its log are where nobody else can put theirs.
import { AutodError, type AutodErrorCode } from "../errors.ts";
import { lstatIfThere } from "./if_there.ts";
import { isGranted, isOpenToOthers, isOwn } from "./access.ts";
import { dirname } from "./paths.ts";
import { quote } from "../quote.ts";

/** The remedy for a place that another user has a hand in. */
const CHOOSE = "choose a directory of your own, such as $XDG_RUNTIME_DIR";

/**
 * Makes sure that nothing but a socket of this user is in the socket's place,
 * or at `path`, where a socket is made for it.
 *
 * @throws {AutodError} If something else is, or the place cannot be looked at.
 */
export function checkPlace(sockfile: string, path = sockfile): void {
  const info = look(sockfile, path);
  if (info === undefined) return;
  if (!info.isSocket) {
    const where = path === sockfile ? "in its place" : `at "${path}"`;
    throw refusal(
      "not-a-socket",
      sockfile,
      `${
        kindOf(info)
      } is ${where}, and was not touched; remove it or choose another path`,
    );
  }
  if (!isStillOwn(path, info)) {
    throw refusal(
      "unsafe-place",
      sockfile,
      `the socket "${path}" belongs to another user (${info.uid}); ${CHOOSE}, or run this command as that user`,
    );
  }
}

/**
 * Makes sure that nobody but the user `uid` and root can take files out of the
 * socket's directory, as far as this process may look at it.
 *
 * @throws {AutodError} If somebody can.
 */
export function checkDirectory(sockfile: string, uid: number | null): void {
  const directory = dirname(sockfile);
  if (!isGranted("read", directory)) return;
  const info = look(sockfile, directory, Deno.statSync)!;
  if (isOpenToOthers(info)) {
    throw refusal(
      "unsafe-place",
      sockfile,
      `others may write to its directory, and put theirs in its place; choose another, or forbid it with: chmod go-w ${
        quote(directory)
      }`,
    );
  }
  if (info.uid !== uid && info.uid !== 0) {
    throw refusal(
      "unsafe-place",
      sockfile,
      `its directory "${directory}" belongs to another user (${info.uid}), who could put another in its place; ${CHOOSE}`,
    );
  }
}

/** Where a file is, and for which socket. */
export interface Place {
  readonly path: string;
  readonly sockfile: string;
}

/** A file of the socket's, its lock or its log, that is not this user's alone. */
export function unsafeFile(
  { path, sockfile }: Place,
  state: string,
): AutodError {
  return refusal("unsafe-place", sockfile, `"${path}" ${state}`);
}

/** A file of the socket's that cannot be opened, in this library's words where it has some. */
export function explainFile(sockfile: string, cause: unknown): unknown {
  const directory = dirname(sockfile);
  if (cause instanceof Deno.errors.NotFound) {
    return refusal(
      "no-directory",
      sockfile,
      `the directory "${directory}" does not exist; make it with: mkdir -p -m 700 ${
        quote(directory)
      }`,
      cause,
    );
  }
  if (cause instanceof Deno.errors.NotADirectory) {
    return refusal(
      "no-directory",
      sockfile,
      `"${directory}" is no directory; choose another path`,
      cause,
    );
  }
  // What is in this library's words already has a code as well.
  if (cause instanceof AutodError || !(cause instanceof Error)) return cause;
  // The disk may be full, or not to be written to.
  if (cause instanceof Deno.errors.PermissionDenied || "code" in cause) {
    return refusal(
      "not-permitted",
      sockfile,
      `the system denies it (${cause.message}); ${
        isFull(cause) ? "make room for it, or " : ""
      }${CHOOSE}`,
      cause,
    );
  }
  return cause;
}

/** Whether the disk, or what of it is this user's or this process's, has no room. */
export function isFull(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" ||
    error.message.includes("(os error 27)"); // EFBIG, which Deno has no code for
}

/** A lock that cannot be had, whoever else has it. */
export function noLocks(sockfile: string, cause: unknown): AutodError {
  return refusal(
    "not-permitted",
    sockfile,
    `the files of its directory "${dirname(sockfile)}" cannot be locked (${
      (cause as Error).message
    }), as on some network file systems; choose a directory on another, such as $XDG_RUNTIME_DIR`,
    cause,
  );
}

/** What something is that is not what it should be. */
export function kindOf(info: Deno.FileInfo): string {
  return info.isSymlink
    ? "a symbolic link"
    : info.isDirectory
    ? "a directory"
    : info.isFile
    ? "a file"
    : info.isSocket
    ? "a socket"
    : "a device or pipe";
}

function look(
  sockfile: string,
  path: string,
  stat: (path: string) => Deno.FileInfo | undefined = lstatIfThere,
): Deno.FileInfo | undefined {
  try {
    return stat(path);
  } catch (error) {
    throw explainFile(sockfile, error);
  }
}

function isStillOwn(path: string, { uid }: Deno.FileInfo): boolean {
  try {
    return isOwn(uid, (time) => Deno.utimeSync(path, time, time));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true; // it was removed
    throw error;
  }
}

function refusal(
  code: AutodErrorCode,
  sockfile: string,
  state: string,
  cause?: unknown,
): AutodError {
  const message = `Cannot use the sockfile "${sockfile}": ${state}`;
  return new AutodError(code, message, { sockfile, cause });
}
