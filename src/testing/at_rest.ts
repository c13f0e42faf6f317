import { setImmediate } from "node:timers/promises";

/** More ticks than a loop leaves to the others before it goes on, three times over. */
const TICKS = 200;

/**
 * Resolves when nothing moves between the ends of a pair any more. All that
 * they do are microtasks, and the turns that they leave to others: this is one
 * of those, and no sleep. `setTimer` is the real function, where another is in
 * its place.
 */
export async function atRest(setTimer = setTimeout): Promise<void> {
  await new Promise((resolve) => setTimer(resolve, 0));
  for (let i = 0; i < TICKS; i++) await setImmediate();
}
