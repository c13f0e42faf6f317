import { setTimer, startTimer } from "../time.ts";

/**
 * Counts what keeps a daemon in use: connections, streams, and the holds of
 * its author. Tells once the count has been 0 for a while, since it was started.
 */
export class Refcount {
  readonly #onIdle: () => void;
  #count = 0;
  /** How long it has to be 0, while that is waited for. */
  #delay: number | undefined;
  #timer: Disposable | undefined;

  /** `onIdle` is not called before `start()`. */
  constructor(onIdle: () => void) {
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
   * Starts to wait for a count of 0 that lasts `delay` milliseconds; one that has
   * never risen has to last `least` milliseconds as well.
   */
  start(delay: number, least = 0): void {
    this.#delay = delay;
    this.#wait(startTimer, least);
  }

  /** Waits for idleness no more. */
  stop(): void {
    this.#delay = undefined;
    this.#timer?.[Symbol.dispose]();
  }

  #wait(start: typeof startTimer, least = 0): void {
    if (this.#delay === undefined || this.#count > 0) return;
    this.#timer = start(Math.max(this.#delay, least), this.#onIdle);
  }
}
