import { fromFileUrl, isGranted } from "./paths.ts";
import type { DaemonInfo } from "./protocol.ts";

const MTIME = "#mtime=";

/**
 * The version that this command wants of its daemon now. Where its author gives
 * none, it is the URL of the rpcfile and, where this process may read it, what
 * another file in its place would change: a long-lived command does not ask for
 * code that is no longer there.
 */
export function wantedVersion({ version, rpcfile }: {
  readonly version: string | undefined;
  readonly rpcfile: string;
}): string {
  if (version !== undefined) return version;
  if (!rpcfile.startsWith("file:")) return rpcfile;
  const path = fromFileUrl(rpcfile);
  if (!isGranted("read", path)) return rpcfile;
  try {
    // Images often give all of their files the same time, and an unpacked file
    // the inode of the one before it.
    const { mtime, ctime, size, ino } = Deno.statSync(path);
    const times = [mtime, ctime].map((time) => time?.getTime() ?? 0);
    return `${rpcfile}${MTIME}${[...times, size, ino]}`;
  } catch {
    return rpcfile; // the daemon says what is wrong with it
  }
}

/**
 * Whether a daemon is of the version `wanted`. What one of them does not know is
 * no difference; but a daemon whose starter could not read the rpcfile is of
 * another one if that has changed since it started.
 */
export function isSameVersion(
  { version, startedAt }: Pick<DaemonInfo, "version" | "startedAt">,
  wanted: string,
): boolean {
  if (version === undefined || version === wanted) return true;
  if (!wanted.startsWith("file:")) return false; // its author's own
  const [name, file] = version.split(MTIME);
  const [wantedName, wantedFile] = wanted.split(MTIME);
  if (name !== wantedName) return false;
  if (wantedFile === undefined) return true;
  const [mtime, ctime] = wantedFile.split(",").map(Number);
  return file === undefined &&
    Math.max(mtime, ctime) <= Date.parse(startedAt);
}
