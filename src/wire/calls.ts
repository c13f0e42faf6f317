import type { Call } from "./call.ts";
import { IdMap } from "./id_map.ts";

/** The calls under way on one connection. */
export class Calls {
  // By their ids, as that is how they are cancelled: one that has none, or whose
  // id another one has, is a key of its own.
  readonly #calls = new IdMap<Call>();
  #twins: Map<unknown, Set<Call>> | undefined; // hardly anybody has any

  /** How many there are. */
  get size(): number {
    return this.#calls.size;
  }

  /** All of them, in the order in which they were added. */
  [Symbol.iterator](): Iterator<Call> {
    return this.#calls.values()[Symbol.iterator]();
  }

  /** Adds a call; the result is what it is deleted by. */
  add(call: Call): unknown {
    const { id } = call;
    const key = id === undefined || this.#calls.get(id) ? call : id;
    this.#calls.add(key, call);
    if (key === call && id !== undefined) {
      this.#twins ??= new Map();
      const twins = this.#twins.get(id);
      if (twins) twins.add(call);
      else this.#twins.set(id, new Set([call]));
    }
    return key;
  }

  /** Deletes a call, by the key that it was added with. */
  delete(key: unknown): void {
    const call = this.#calls.get(key);
    this.#calls.delete(key);
    if (key !== call) return;
    const twins = this.#twins?.get(call?.id);
    if (twins?.delete(call!) && twins.size === 0) this.#twins?.delete(call!.id);
  }

  /** Cancels those that have this id. */
  cancel(id: unknown, reason: unknown): void {
    this.#calls.get(id)?.abort(reason);
    const twins = this.#twins?.get(id) ?? [];
    for (const twin of twins) twin.abort(reason);
  }

  /** Cancels all of them. */
  abort(reason: unknown): void {
    for (const call of this) call.abort(reason);
  }
}
