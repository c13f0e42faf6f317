/** How many slots a ring has at first; always a power of two. */
const SLOTS = 4;

/** How many slots an empty ring has at most. */
const MANY_SLOTS = 1024;

/** The ring of one that nothing was added to: most connections are idle. */
const EMPTY: undefined[] = [undefined];

interface Entry<V> {
  readonly id: unknown;
  readonly value: V;
  /** How many were added before it, and it. */
  readonly number: number;
}

/**
 * What ids stand for, where each is added, looked up a few times and deleted, as
 * those of calls and sessions are.
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
  #ring: (Entry<V> | undefined)[] = EMPTY;
  #inRing = 0;
  #others: Map<unknown, Entry<V>> | undefined;
  #added = 0;

  /** How many ids there are. */
  get size(): number {
    return this.#inRing + (this.#others?.size ?? 0);
  }

  /** What `id` stands for. */
  get(id: unknown): V | undefined {
    const entry = this.#ring[this.#slot(id)];
    return (entry?.id === id ? entry : this.#others?.get(id))?.value;
  }

  /** Adds an id that is not there, and is not `undefined`. */
  add(id: unknown, value: V): void {
    const entry = { id, value, number: ++this.#added };
    if (typeof id !== "number") return this.#addOther(entry);
    if (2 * (this.#inRing + 1) > this.#ring.length) {
      this.#resize(Math.max(SLOTS, 2 * this.#ring.length));
    }
    const slot = this.#slot(id);
    const before = this.#ring[slot];
    if (before === undefined) this.#inRing++;
    else this.#addOther(before);
    this.#ring[slot] = entry;
  }

  /** Deletes `id`, if it is there. */
  delete(id: unknown): void {
    const slot = this.#slot(id);
    const entry = this.#ring[slot];
    if (entry === undefined || entry.id !== id) {
      this.#others?.delete(id);
      return;
    }
    this.#ring[slot] = undefined;
    if (--this.#inRing > 0) return;
    if (this.#ring.length > MANY_SLOTS) this.#resize(MANY_SLOTS);
  }

  /** Deletes all ids. */
  clear(): void {
    this.#ring = EMPTY;
    this.#inRing = 0;
    this.#others = undefined;
  }

  /** What all ids stand for, in the order in which they were added. */
  values(): V[] {
    const inRing = this.#ring.filter((entry) => entry !== undefined);
    return [...this.#others?.values() ?? [], ...inRing]
      .sort((a, b) => a.number - b.number)
      .map(({ value }) => value);
  }

  #slot(id: unknown): number {
    return typeof id === "number" ? id & this.#ring.length - 1 : 0;
  }

  #addOther(entry: Entry<V>): void {
    this.#others ??= new Map();
    this.#others.set(entry.id, entry);
  }

  // Two ids that have a slot each still have one each in a ring twice as large.
  #resize(slots: number): void {
    const before = this.#ring;
    this.#ring = new Array(slots).fill(undefined);
    for (const entry of before) {
      if (entry !== undefined) this.#ring[this.#slot(entry.id)] = entry;
    }
  }
}
