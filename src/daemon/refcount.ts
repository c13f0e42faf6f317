import { setTimer, startTimer } from "../time.ts";

/** How long a count of 0 has to last before an idle daemon closes, in milliseconds. */
export const AUTOCLOSE_DELAY = 1000;

/**
 * Counts what keeps a daemon in use: connections, streams, and the holds of
 * its author. Tells once the count has been 0 for a while, since it was started.
 */
export class Refcount {
  readonly #onIdle: () => void;
  readonly #delay: number | undefined;
  #count = 0;
  #timer: Disposable | undefined;
  #started = false;
  #stopped = false;

  /** `delay` is in milliseconds; without one, `onIdle` is never called. */
  constructor(delay: number | undefined, onIdle: () => void) {
    this.#delay = delay;
    this.#onIdle = onIdle;
  }

  /** How many holds there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds a hold, and returns its release, which counts once. */
  hold(): Disposable {
    this.#count++;
    this.#timer?.[Symbol.dispose]();
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#count--;
        this.#wait(setTimer);
      },
    };
  }

  /**
   * Starts to wait for idleness, `least` milliseconds or more; a count that never
   * rises is idle as well.
   */
  start(least = 0): void {
    this.#started = true;
    this.#wait(startTimer, least);
  }

  /** Waits for idleness no more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
  }

  #wait(start: typeof startTimer, least = 0): void {
    if (!this.#started || this.#stopped) return;
    if (this.#delay === undefined || this.#count > 0) return;
    this.#timer = start(Math.max(this.#delay, least), this.#onIdle);
  }
}
