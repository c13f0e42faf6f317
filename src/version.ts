import { fromFileUrl } from "./paths.ts";

const MTIME = "#mtime=";

/**
 * The version of a daemon where its author gives none: the URL of the rpcfile
 * and, where this process may read it, the time of its last change.
 */
export function defaultVersion(rpcfile: string): string {
  if (!rpcfile.startsWith("file:")) return rpcfile;
  const path = fromFileUrl(rpcfile);
  // Asked first, as Deno would ask the person at the terminal otherwise.
  const { state } = Deno.permissions.querySync({ name: "read", path });
  if (state !== "granted") return rpcfile;
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
