/** What of Atomics takes the place of timers. */
interface Waiting {
  waitAsync(
    cell: unknown,
    index: number,
    value: number,
    milliseconds: number,
  ): { readonly value: unknown };
  notify(cell: unknown, index: number): number;
}

const atomics = Atomics as unknown as Waiting;

/** No pause between two looks at a lock or a socket is longer, in milliseconds. */
const MAX_PAUSE = 40;

/**
 * Knows the limits of time that are made by Atomics.waitAsync(), as those of a
 * start are, until it is disposed of.
 */
export class Waits implements Disposable {
  readonly #real: Waiting = {
    waitAsync: atomics.waitAsync,
    notify: atomics.notify,
  };
  readonly #left = new Map<unknown, number>();

  /** With `endless`, none of them is over before it is stopped, but the pauses between two looks. */
  constructor({ endless = false } = {}) {
    atomics.waitAsync = (cell, index, value, milliseconds) => {
      const isPause = milliseconds <= MAX_PAUSE;
      const time = endless && !isPause ? Infinity : milliseconds;
      const wait = this.#real.waitAsync(cell, index, value, time);
      this.#left.set(cell, milliseconds);
      Promise.resolve(wait.value).then(() => this.#left.delete(cell));
      return wait;
    };
    atomics.notify = (cell, index) => {
      this.#left.delete(cell);
      return this.#real.notify(cell, index);
    };
  }

  /** The milliseconds of those that are neither over nor stopped. */
  get left(): number[] {
    return [...this.#left.values()];
  }

  [Symbol.dispose](): void {
    Object.assign(atomics, this.#real);
  }
}
