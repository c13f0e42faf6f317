import { setTimer } from "../time.ts";
import type { Duplex } from "./duplex.ts";

/** How often a client that is not read from is looked after, in milliseconds. */
const INTERVAL = 1000;

/**
 * Waits for `done` on behalf of a client that has ended its side, as `nc -N`
 * does, and reads on.
 *
 * @throws If the client has gone altogether: a write of nothing tells.
 */
export async function waitHalfClosed(
  duplex: Duplex,
  done: Promise<unknown>,
): Promise<void> {
  await duplex.write(new Uint8Array(0));
  let isOver = false;
  const gone = Promise.withResolvers<never>();
  const watch = new ClientWatch(duplex, () => !isOver, gone.reject);
  watch.start();
  try {
    await Promise.race([done, gone.promise]);
  } finally {
    isOver = true;
    watch.stop();
  }
}

/**
 * Looks after a client that is not read from just now: only a write of nothing
 * tells that it has gone.
 */
export class ClientWatch {
  readonly #duplex: Duplex;
  readonly #isIdle: () => boolean;
  readonly #onGone: (error: unknown) => void;
  #timer: Disposable | undefined;

  /** `isIdle` says whether it is still not read from; `onGone` hears what a write threw. */
  constructor(
    duplex: Duplex,
    isIdle: () => boolean,
    onGone: (error: unknown) => void,
  ) {
    this.#duplex = duplex;
    this.#isIdle = isIdle;
    this.#onGone = onGone;
  }

  /** Looks after it for as long as it is idle. */
  start(): void {
    this.#timer ??= setTimer(INTERVAL, async () => {
      this.#timer = undefined;
      if (!this.#isIdle()) return;
      try {
        await this.#duplex.write(new Uint8Array(0));
        if (this.#isIdle()) this.start();
      } catch (error) {
        this.#onGone(error);
      }
    });
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
  }
}
