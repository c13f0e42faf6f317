// What this process, its user and other users may do with a file.

/**
 * Whether this process holds a permission. To be asked before it is made use of
 * where it may be denied: Deno would ask the person at the terminal otherwise.
 */
export function holds(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** Whether this process may use a file. */
export function isGranted(name: "read" | "write", path: string): boolean {
  return holds({ name, path });
}

/**
 * Whether what belongs to the user `uid` belongs to this process's user. Only a
 * permission tells who that is (`--allow-sys=uid`); without it, `touch` has to
 * set the times of the file, which the system lets its owner do, and root.
 */
export function isOwn(
  uid: number | null,
  touch: (time: number) => void,
): boolean {
  const own = ownUid();
  if (own !== undefined) return uid === own;
  try {
    touch(Date.now() / 1000);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotCapable
    ) throw error;
    return true; // a file system that takes no times, and tells nothing by that
  }
}

/** The number of this process's user, if it is permitted to know (`--allow-sys=uid`). */
export function ownUid(): number | null | undefined {
  return holds({ name: "sys", kind: "uid" }) ? Deno.uid() : undefined;
}

/** Whether users other than the owner may write. */
export function isWritableByOthers({ mode }: Deno.FileInfo): boolean {
  return mode !== null && (mode & 0o022) !== 0;
}

/** Whether users other than the owner can replace what is in a directory. */
export function isOpenToOthers(info: Deno.FileInfo): boolean {
  const STICKY = 0o1000;
  return isWritableByOthers(info) && (info.mode! & STICKY) === 0;
}
