import { fromFileUrl, isGranted } from "./paths.ts";

/** The version of PROTOCOL.md that this library speaks. */
export const PROTOCOL = 1;

const MTIME = "#mtime=";

/**
 * The version that this command wants of its daemon now. Where its author gives
 * none, it is the URL of the rpcfile and, where this process may read it, the
 * time of its last change: a long-lived command does not ask for code that is
 * no longer there.
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
    return `${rpcfile}${MTIME}${Deno.statSync(path).mtime?.getTime()}`;
  } catch {
    return rpcfile; // the daemon says what is wrong with it
  }
}

/** Whether two versions are the same; what one of them does not know is no difference. */
export function isSameVersion(
  a: string | undefined,
  b: string | undefined,
): boolean {
  if (a === undefined || b === undefined || a === b) return true;
  const [nameA, timeA] = a.split(MTIME);
  const [nameB, timeB] = b.split(MTIME);
  return nameA === nameB && (timeA === undefined || timeB === undefined);
}
