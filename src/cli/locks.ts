import { lstatIfThere } from "../if_there.ts";

/** Whether somebody holds the lock of a file; the file may be missing. */
export function isLocked(path: string): boolean {
  // Daemons lock nothing else, and a directory cannot even be opened for it.
  if (!lstatIfThere(path)?.isFile) return false;
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  using lock = file;
  // Shared, so that a daemon that starts just now is not kept from it for long.
  return !lock.tryLockSync(false);
}
