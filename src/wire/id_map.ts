/** How many slots a ring has at first; always a power of two. */
const SLOTS = 4;

/** How many slots an empty ring has at most. */
const MANY_SLOTS = 1024;

/** The ring of one that nothing was added to: most connections are idle. */
const EMPTY: undefined[] = [undefined];

/**
 * What ids stand for, where each is added, looked up a few times and deleted, as
 * the id of a call is.
 *
 * Not a `Map`, for the sake of V8's garbage collector: a `Map` takes another
 * table after so many changes, to which the one before it leads. When one of
 * them has become old, all that was in those that follow outlives the
 * collections of young objects: with 256 calls in flight, to carry that along
 * took a third of a client's time.
 *
 * Ids that count up, as callers number their calls, are kept in a ring, which
 * is used again and again. An id that is in the way of a later one, or is not a
 * number, is kept in a `Map` after all.
 */
export class IdMap<V> {
  #ids: unknown[] = EMPTY;
  #values: (V | undefined)[] = EMPTY;
  #inRing = 0;
  #others: Map<unknown, V> | undefined;

  /** How many ids there are. */
  get size(): number {
    return this.#inRing + (this.#others?.size ?? 0);
  }

  /** What `id` stands for. */
  get(id: unknown): V | undefined {
    const slot = this.#slot(id);
    return this.#ids[slot] === id ? this.#values[slot] : this.#others?.get(id);
  }

  /** Adds an id that is not there, and is not `undefined`. */
  add(id: unknown, value: V): void {
    if (typeof id !== "number") return this.#addOther(id, value);
    if (2 * (this.#inRing + 1) > this.#ids.length) {
      this.#resize(Math.max(SLOTS, 2 * this.#ids.length));
    }
    const slot = this.#slot(id);
    const before = this.#ids[slot];
    if (before === undefined) this.#inRing++;
    else this.#addOther(before, this.#values[slot]!);
    this.#ids[slot] = id;
    this.#values[slot] = value;
  }

  /** Deletes `id`, if it is there. */
  delete(id: unknown): void {
    const slot = this.#slot(id);
    if (this.#ids[slot] !== id) {
      this.#others?.delete(id);
    } else if (id !== undefined) {
      this.#ids[slot] = undefined;
      this.#values[slot] = undefined;
      if (--this.#inRing > 0) return;
      if (this.#ids.length > MANY_SLOTS) this.#resize(MANY_SLOTS);
    }
  }

  /** Deletes all ids. */
  clear(): void {
    this.#ids = this.#values = EMPTY;
    this.#inRing = 0;
    this.#others = undefined;
  }

  /** What all ids stand for, in no order. */
  values(): V[] {
    const inRing = this.#values.filter((value) => value !== undefined);
    return [...this.#others?.values() ?? [], ...inRing];
  }

  #slot(id: unknown): number {
    return typeof id === "number" ? id & this.#ids.length - 1 : 0;
  }

  #addOther(id: unknown, value: V): void {
    this.#others ??= new Map();
    this.#others.set(id, value);
  }

  // Two ids that have a slot each still have one each in a ring twice as large.
  #resize(slots: number): void {
    const ids = this.#ids;
    const values = this.#values;
    this.#ids = new Array(slots).fill(undefined);
    this.#values = new Array(slots).fill(undefined);
    ids.forEach((id, at) => {
      if (id === undefined) return;
      const slot = this.#slot(id);
      this.#ids[slot] = id;
      this.#values[slot] = values[at];
    });
  }
}
