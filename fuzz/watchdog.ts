/** How long one input may take, in milliseconds. */
const LIMIT = 60_000;
/** How often to look, in milliseconds. */
const INTERVAL = 5000;

/** Tells of an input that never ends, without a timer of its own for each. */
export class Watchdog implements Disposable {
  #deadline = Infinity;
  #onLate: (error: Error) => void = () => {};
  readonly #interval: ReturnType<typeof setInterval>;

  constructor() {
    this.#interval = setInterval(() => {
      if (Date.now() > this.#deadline) this.#onLate(new Error("It never ends"));
    }, INTERVAL);
  }

  /** Resolves as `promise` does, or rejects when that takes far too long. */
  async watch<T>(promise: Promise<T>): Promise<T> {
    this.#deadline = Date.now() + LIMIT;
    // A promise for all inputs would keep what waits for it.
    const late = Promise.withResolvers<never>();
    this.#onLate = late.reject;
    try {
      return await Promise.race([promise, late.promise]);
    } finally {
      this.#deadline = Infinity;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#interval);
  }
}
