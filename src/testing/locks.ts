import { inTime } from "./deadline.ts";

/** Resolves when nobody holds the lock of a file, as when its holder has died. */
export async function whenUnlocked(path: string): Promise<void> {
  using file = Deno.openSync(path, { read: true, write: true });
  await inTime(file.lock(true), `the release of ${path}`);
}
