import type { Call } from "../wire/call.ts";

/** A handler whose calls a test ends itself, by the id of their requests. */
export class Handler {
  /** Those that were begun. */
  readonly calls = new Map<unknown, Call>();
  #changed = Promise.withResolvers<void>();
  readonly #ends = new Map<unknown, PromiseWithResolvers<unknown>>();

  /** For a server. */
  readonly handle = (_: unknown, call: Call): unknown => {
    const end = Promise.withResolvers<unknown>();
    this.calls.set(call.id, call);
    this.#changed.resolve();
    this.#ends.set(call.id, end);
    return end.promise;
  };

  /** Resolves when so many were begun. */
  async begun(count: number): Promise<void> {
    while (this.calls.size < count) {
      this.#changed = Promise.withResolvers();
      await this.#changed.promise;
    }
  }

  /** Ends a call well. */
  resolve(id: unknown, result: unknown): void {
    this.#ends.get(id)?.resolve(result);
  }

  /** Ends a call badly. */
  reject(id: unknown, error: unknown): void {
    this.#ends.get(id)?.reject(error);
  }

  /** The signal of a call. */
  signal(id: unknown): AbortSignal | undefined {
    return this.calls.get(id)?.signal;
  }
}
