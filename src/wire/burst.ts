/** More microtasks than the next chunk takes of a source that has it already. */
const HOPS = 32;
/** From here on, in bytes, what is gathered is worth a write of its own. */
const WORTHWHILE = 64 * 1024;
/**
 * How many writes go out at once: a source that says what it is about to do may
 * then block, and nothing is written until it goes on.
 */
const AT_ONCE = 64;
/** How long a burst may pause, in milliseconds, and be the same. */
const PAUSE = 1;
/** How long a frame may wait for others, in milliseconds. */
const MAX_WAIT = 2;
/** After how many frames the clock is looked at. */
const LOOK = 8;

/** How much there is to write; `undefined` where some of it goes out at once. */
type Size = number | undefined;

/**
 * Small frames that come one right after the other. Each of them would be a
 * write of its own, as a write to a socket with room ends before the next frame
 * comes: in a long burst they wait for each other.
 */
export class Burst {
  #writes = 0;
  /** When there was the last sign of it. */
  #seen = 0;

  /** Whether a write of `size` is one of so many small ones that fewer are better. */
  isLong(size: Size): boolean {
    if (size === undefined || size >= WORTHWHILE) return false;
    const isNew = performance.now() - this.#seen > PAUSE;
    this.#writes = isNew ? 1 : this.#writes + 1;
    return this.#writes > AT_ONCE;
  }

  /** A write has ended. */
  wrote(): void {
    this.#seen = performance.now();
  }

  /**
   * Waits while frames come, and are too few to be worth a write. Resolves to
   * whether they still come: whoever sends them waits for nothing then.
   */
  async gather(size: () => Size): Promise<boolean> {
    const start = performance.now();
    this.#seen = start;
    let before = 0;
    let frames = 0;
    for (let hop = 0; hop < HOPS; hop++) {
      const gathered = size();
      if (gathered === undefined) return false;
      if (gathered >= WORTHWHILE) return true;
      if (gathered > before) {
        if (++frames % LOOK === 0 && !this.#goesOn(start)) return true;
        hop = 0;
      }
      before = gathered;
      await undefined;
    }
    return false;
  }

  /** Whether what has waited since `start` may wait for more. */
  #goesOn(start: number): boolean {
    const now = performance.now();
    if (now - this.#seen > PAUSE) this.#writes = 0;
    this.#seen = now;
    return this.#writes > 0 && now - start <= MAX_WAIT;
  }
}
