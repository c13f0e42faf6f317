// The files of a socket, as `doctor` looks at them.
import { lstatIfThere } from "../files/if_there.ts";
import { filesOf } from "../files/daemon_files.ts";
import { readHolder } from "../files/lockfile.ts";
import { isGranted, isOpenToOthers } from "../files/access.ts";
import { dirname } from "../files/paths.ts";
import { quote } from "../quote.ts";
import { kindOf } from "../files/place.ts";
import { type Found, ok, warning, wrong } from "./finding.ts";

/** The remedy for a directory in which there can be no socket. */
const ELSEWHERE = "choose another path for the socket";

/** Looks at the directory of a socket, in which its daemon makes its files. */
export function checkDirectory(sockfile: string): Found {
  const path = dirname(sockfile);
  if (lstatIfThere(path) === undefined) {
    return wrong("it does not exist", `mkdir -p -m 700 ${quote(path)}`);
  }
  const info = Deno.statSync(path);
  if (!info.isDirectory) {
    return wrong(`it is ${kindOf(info)}`, ELSEWHERE);
  }
  const mode = octal(info.mode ?? 0);
  if (isOpenToOthers(info)) {
    return wrong(
      `others can write to it, mode ${mode}`,
      `choose another, or forbid it with: chmod go-w ${quote(path)}`,
    );
  }
  const user = Deno.uid();
  if (info.uid !== user && info.uid !== 0) {
    return wrong(ofAnother(info), "choose a directory of your own");
  }
  if (!mayWrite(info, user)) {
    return wrong(
      `you cannot make files in it, mode ${mode}, owner ${info.uid}`,
      info.uid === user
        ? `choose another, or allow it with: chmod u+wx ${quote(path)}`
        : "choose a directory of your own",
    );
  }
  // The directory's own times may be out of reach for this command.
  if ([path, filesOf(sockfile).lock].some(isReadOnly)) {
    return wrong("its file system is read-only", ELSEWHERE);
  }
  return ok(`mode ${mode}, owner ${info.uid}`);
}

/**
 * Whether a user may make files in a directory, as far as its mode tells: root
 * may do so in any, and the group may be one of the user's.
 */
function mayWrite({ mode, uid }: Deno.FileInfo, user: number | null): boolean {
  if (mode === null || user === null || user === 0) return true;
  const MAKE = 0o3;
  const ways = uid === user ? [mode >> 6] : [mode, mode >> 3];
  return ways.some((way) => (way & MAKE) === MAKE);
}

// A file whose times are set to what they are is left as it was.
function isReadOnly(path: string): boolean {
  if (!isGranted("write", path)) return false;
  try {
    const { atime, mtime } = Deno.statSync(path);
    if (atime && mtime) Deno.utimeSync(path, atime, mtime);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === "EROFS";
  }
}

/** Looks at the socket itself. */
export function checkSocket(sockfile: string): Found {
  const info = lstatIfThere(sockfile);
  if (info === undefined) return ok("there is none");
  if (!info.isSocket) return misplaced(info);
  const directory = Deno.statSync(dirname(sockfile));
  const mode = (info.mode ?? 0) & 0o777;
  if (Deno.uid() !== null && info.uid !== Deno.uid()) {
    return wrong(
      ofAnother(info),
      "choose another path, in a directory of your own",
    );
  }
  if ((mode & 0o077) !== 0) {
    return warning(
      `others may use it, mode ${octal(mode)}`,
      `chmod 600 ${quote(sockfile)}`,
    );
  }
  const where = directory.uid === info.uid
    ? ""
    : `, in a directory of ${directory.uid}`;
  return ok(`mode ${octal(mode)}, owner ${info.uid}${where}`);
}

/** Looks at one of the locks, which is held by `whose`; its note has the pid as `key`. */
export function checkLock(
  path: string,
  whose: string,
  key: "pid" | "starter",
): Found {
  const info = lstatIfThere(path);
  // Nothing else is opened: a pipe would wait for whoever writes to it.
  if (info && !info.isFile) return misplaced(info);
  const note = readHolder(path);
  if (note === undefined) return ok("free");
  const pid = note[key];
  return ok(`held by ${whose}${pid === undefined ? "" : `, pid ${pid}`}`);
}

/** Something else is in the place of a file. */
export function misplaced(info: Deno.FileInfo): Found {
  return wrong(
    `${kindOf(info)} is in its place`,
    "remove it, or choose another path",
  );
}

function ofAnother({ uid }: Deno.FileInfo): string {
  return `it belongs to the user ${uid}, and you are ${Deno.uid()}`;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(3, "0");
}
