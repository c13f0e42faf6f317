/** Whether somebody holds the lock of a file; the file may be missing. */
export async function isLocked(path: string): Promise<boolean> {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  using lock = file;
  // Shared, so that a daemon that starts just now is not kept from it for long.
  return !await lock.tryLock(false);
}
