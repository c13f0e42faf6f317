import { inTime } from "./deadline.ts";

/** Resolves when a process has ended by itself; it may be one that nobody waits for, as a daemon's is. */
export async function ended(
  process: Deno.ChildProcess | undefined,
): Promise<Deno.CommandStatus> {
  if (process === undefined) throw new Error("There is no process");
  return await inTime(process.status, "the end of a process");
}
