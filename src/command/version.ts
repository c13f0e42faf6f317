import { isGranted } from "../files/access.ts";
import { fromFileUrl } from "../files/paths.ts";
import type { Dated } from "./daemon_info.ts";

const MTIME = "#mtime=";

/** How exactly Deno tells when an inode changed last, in milliseconds. */
const CTIME_STEP = 1000;

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
  // Images often give all of their files the same time.
  const { mtime, size, ino } = statOf(rpcfile) ?? {};
  return mtime == null
    ? rpcfile
    : `${rpcfile}${MTIME}${mtime.getTime()},${size},${ino}`;
}

/**
 * Whether a daemon is of the version `wanted`. What one of them does not know is
 * no difference; but a daemon whose starter could not read the rpcfile is of
 * another one if that has changed since it started.
 */
export function isSameVersion(
  { version, startedAt }: Dated,
  wanted: string,
): boolean {
  if (version === undefined || version === wanted) return true;
  if (!isOfSameFile(version, wanted)) return false;
  const [, file] = version.split(MTIME);
  const [name, wantedFile] = wanted.split(MTIME);
  if (wantedFile === undefined) return true;
  return file === undefined && lastChangeOf(name) <= Date.parse(startedAt);
}

/** Whether both are default versions, of a file with the same URL. */
export function isOfSameFile(version: string, wanted: string): boolean {
  return wanted.startsWith("file:") &&
    version.split(MTIME)[0] === wanted.split(MTIME)[0];
}

// A file that is moved or copied to its place may have any time but the last.
function lastChangeOf(rpcfile: string): number {
  const { mtime, ctime } = statOf(rpcfile) ?? {};
  return Math.max(
    mtime?.getTime() ?? 0,
    ctime ? ctime.getTime() + CTIME_STEP - 1 : 0,
  );
}

/** What this process may see of an rpcfile, if it is there: the daemon says what is wrong with it. */
function statOf(rpcfile: string): Deno.FileInfo | undefined {
  if (!rpcfile.startsWith("file:")) return undefined;
  const path = fromFileUrl(rpcfile);
  try {
    return isGranted("read", path) ? Deno.statSync(path) : undefined;
  } catch {
    return undefined;
  }
}
