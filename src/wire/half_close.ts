import type { Duplex } from "./duplex.ts";

/** How often a half-closed client is looked after, in milliseconds. */
const INTERVAL = 1000;

/**
 * Waits for `done` on behalf of a client that has ended its side, as `nc -N`
 * does, and reads on.
 *
 * @throws If the client has gone altogether: a write of nothing tells.
 */
export async function waitHalfClosed(
  duplex: Duplex,
  done: Promise<void>,
): Promise<void> {
  let over = false;
  const end = done.finally(() => over = true);
  end.catch(() => {}); // it is waited for below, if the client is still there
  while (!over) {
    await duplex.write(new Uint8Array(0));
    const tick = Promise.withResolvers<void>();
    const timer = setTimeout(tick.resolve, INTERVAL);
    await Promise.race([end, tick.promise]);
    clearTimeout(timer);
  }
}
