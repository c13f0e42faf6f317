import { BusyTurns } from "./wire/turns.ts";

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
    try {
      const value = await ready;
      await before;
      // What it does later is not waited for: the next one begins before that.
      return work(value);
    } finally {
      const next = () => {
        if (this.#last === begun.promise) this.#last = undefined;
        begun.resolve();
      };
      const turn = this.#turns.due();
      if (turn) turn.then(next);
      else next();
    }
  }
}
