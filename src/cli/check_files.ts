// The files of a socket, as `doctor` looks at them.
import { lstatIfThere } from "../files/if_there.ts";
import { isLocked, lockfileOf } from "../files/lockfile.ts";
import { dirname, isGranted, isOpenToOthers, quote } from "../files/paths.ts";
import { kindOf } from "../files/place.ts";
import type { Found } from "./finding.ts";

/** Looks at the directory of a socket, in which its daemon makes its files. */
export function checkDirectory(sockfile: string): Found {
  const path = dirname(sockfile);
  if (lstatIfThere(path) === undefined) {
    return {
      state: "wrong",
      detail: "it does not exist",
      remedy: `mkdir -p -m 700 ${quote(path)}`,
    };
  }
  const info = Deno.statSync(path);
  if (!info.isDirectory) {
    return {
      state: "wrong",
      detail: `it is ${kindOf(info)}`,
      remedy: "choose another path for the socket",
    };
  }
  const mode = info.mode ?? 0;
  if (isOpenToOthers(info)) {
    return {
      state: "wrong",
      detail: `others can write to it, mode ${octal(mode)}`,
      remedy: `choose another, or forbid it with: chmod go-w ${quote(path)}`,
    };
  }
  if (info.uid !== Deno.uid() && info.uid !== 0) {
    return {
      state: "wrong",
      detail: `it belongs to the user ${info.uid}, and you are ${Deno.uid()}`,
      remedy: "choose a directory of your own",
    };
  }
  if (!mayWrite(info, Deno.uid())) {
    return {
      state: "wrong",
      detail: `you cannot make files in it, mode ${
        octal(mode)
      }, owner ${info.uid}`,
      remedy: info.uid === Deno.uid()
        ? `choose another, or allow it with: chmod u+wx ${quote(path)}`
        : "choose a directory of your own",
    };
  }
  // The directory's own times may be out of reach for this command.
  if ([path, lockfileOf(sockfile)].some(isReadOnly)) {
    return {
      state: "wrong",
      detail: "its file system is read-only",
      remedy: "choose another path for the socket",
    };
  }
  return { state: "ok", detail: `mode ${octal(mode)}, owner ${info.uid}` };
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
  if (info === undefined) return { state: "ok", detail: "there is none" };
  if (!info.isSocket) return misplaced(info);
  const directory = Deno.statSync(dirname(sockfile));
  const mode = (info.mode ?? 0) & 0o777;
  if (Deno.uid() !== null && info.uid !== Deno.uid()) {
    return {
      state: "wrong",
      detail: `it belongs to the user ${info.uid}, and you are ${Deno.uid()}`,
      remedy: "choose another path, in a directory of your own",
    };
  }
  if ((mode & 0o077) !== 0) {
    return {
      state: "warning",
      detail: `others may use it, mode ${octal(mode)}`,
      remedy: `chmod 600 ${quote(sockfile)}`,
    };
  }
  return {
    state: "ok",
    detail: `mode ${octal(mode)}, owner ${info.uid}${
      directory.uid === info.uid ? "" : `, in a directory of ${directory.uid}`
    }`,
  };
}

/** Looks at one of the locks, which is held by `whose`; its note names `pid`. */
export function checkLock(
  path: string,
  whose: string,
  pid: number | undefined,
): Found {
  const info = lstatIfThere(path);
  // Nothing else is opened: a pipe would wait for whoever writes to it.
  if (info && !info.isFile) return misplaced(info);
  if (!isLocked(path)) return { state: "ok", detail: "free" };
  return {
    state: "ok",
    detail: `held by ${whose}${pid === undefined ? "" : `, pid ${pid}`}`,
  };
}

/** Something else is in the place of a file. */
export function misplaced(info: Deno.FileInfo): Found {
  return {
    state: "wrong",
    detail: `${kindOf(info)} is in its place`,
    remedy: "remove it, or choose another path",
  };
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(3, "0");
}
