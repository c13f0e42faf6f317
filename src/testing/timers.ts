import { atRest } from "./at_rest.ts";

/** Takes the place of setTimeout(), and lets the test decide when time is up. */
export class Timers implements Disposable {
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;
  readonly #callbacks = new Map<number, () => void>();
  #nextId = -1; // no real timer has such an id

  /** Until it is disposed of, no timer ends by itself. */
  constructor() {
    const set = (callback: () => void) => {
      const id = this.#nextId--;
      this.#callbacks.set(id, callback);
      return id;
    };
    globalThis.setTimeout = set as unknown as typeof setTimeout;
    globalThis.clearTimeout = (id) => {
      if (!this.#callbacks.delete(Number(id))) this.#clearTimeout(id);
    };
  }

  /** How many timers are set. */
  get length(): number {
    return this.#callbacks.size;
  }

  /** Ends all of them. */
  fire(): void {
    const callbacks = [...this.#callbacks.values()];
    this.#callbacks.clear();
    for (const callback of callbacks) callback();
  }

  /** As atRest(), whose own timer has to be a real one. */
  rest(): Promise<void> {
    return atRest(this.#setTimeout);
  }

  /** Gives the real functions back. */
  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#setTimeout;
    globalThis.clearTimeout = this.#clearTimeout;
  }
}
