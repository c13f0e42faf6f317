/** How long a loop may keep the others waiting, in milliseconds. */
const TURN = 4;
/** How often the clock is looked at. */
const STEPS = 32;

/**
 * Shares the event loop: one whose promises are all settled already, such as
 * those of a socket with room, would run on without a turn for anybody else.
 */
export class Turns {
  #steps = 0;
  #start = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #resolve: (() => void) | undefined;

  /** Whether it is the turn of others. */
  isOver(): boolean {
    return ++this.#steps % STEPS === 0 &&
      performance.now() - this.#start > TURN;
  }

  /** Resolves when the others have had their turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      this.#timer = setTimeout(resolve, 0);
    });
    this.#start = performance.now();
  }

  /** Resolves what is waited for at once, as nothing is left to be shared. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#resolve?.();
  }
}
