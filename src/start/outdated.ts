import { isGranted } from "../files/access.ts";

/** How far the time of a change may lag behind the clock, in milliseconds. */
const CLOCK_LAG = 10;

/**
 * Whether a daemon's start failed by `error` because code that it imports was
 * changed since the time `since`; `undefined` if this process may not look.
 *
 * What has changed since Deno looked at it, as while the daemon waited for its
 * predecessor to end, it loads anew, and then as if it had been asked to read it.
 */
export function isOutdated(error: unknown, since: number): boolean | undefined {
  const cause = (error as { cause?: unknown } | null)?.cause;
  // What the rpcfile itself may not read is a NotCapable.
  if (!(cause instanceof Error) || cause.name !== "TypeError") return false;
  const denied = /^Requires read access to "(.*)", run again /s;
  const path = denied.exec(cause.message)?.[1];
  if (path === undefined) return false;
  if (!isGranted("read", path)) return undefined;
  try {
    return Deno.statSync(path).mtime!.getTime() >= since - CLOCK_LAG;
  } catch {
    return undefined; // it is just being replaced
  }
}
