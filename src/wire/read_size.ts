/** How long what was read is worked on where that is slow, in milliseconds. */
const PAUSE = 5;
/** How much is read at once after such a pause, in bytes. */
const SMALL = 32 * 1024;
/** How often that is done: until about as much is read ahead as may be. */
const TIMES = 8;

/**
 * How much of a stream is read at once: as much as there is, but little where
 * that is taken slowly. V8 frees what was taken when so many objects were made,
 * and each read makes some: with large ones a slow reader, which makes hardly
 * any, would hold all that came in seconds.
 */
export class ReadSize {
  readonly #now: () => number;
  #last = Infinity;
  #times = 0;

  /** `now` is the time in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The most that the read which begins may have, in bytes. */
  begin(): number {
    if (this.#now() - this.#last >= PAUSE) this.#times = TIMES;
    if (this.#times === 0) return Infinity;
    this.#times--;
    return SMALL;
  }

  /** A read has ended. */
  end(): void {
    this.#last = this.#now();
  }
}
