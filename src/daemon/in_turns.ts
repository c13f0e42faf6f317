import { BusyTurns } from "../wire/turns.ts";

/** Begins one piece of work after the other, and lets others have their turn in between. */
export class InTurns {
  readonly #turns = new BusyTurns();
  /** Resolves when the last one has begun. */
  #last: Promise<void> | undefined;

  /** Whether some has yet to begin. */
  get isBusy(): boolean {
    return this.#last !== undefined;
  }

  /** Does `work` with what `ready` resolves to, when that before it has begun. */
  async run<T>(
    ready: Promise<T>,
    work: (value: T) => unknown,
  ): Promise<unknown> {
    const before = this.#last;
    const begun = Promise.withResolvers<void>();
    this.#last = begun.promise;
    let isReady = false;
    try {
      const value = await ready;
      await before;
      isReady = true;
      // What it does later is not waited for: the next one begins before that.
      return work(value);
    } finally {
      const next = () => {
        if (this.#last === begun.promise) this.#last = undefined;
        begun.resolve();
      };
      // The next one does not overtake those before one that is given up.
      const wait = isReady ? this.#turns.due() : before;
      if (wait) wait.then(next);
      else next();
    }
  }
}
