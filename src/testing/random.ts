/** A source of decisions: the same seeds make the same ones. */
export class Random {
  #state = 0x9e3779b9;

  /** `seeds` are integers. */
  constructor(...seeds: readonly number[]) {
    for (const seed of seeds) {
      this.#state = Math.imul(this.#state ^ seed, 0x85ebca6b);
      this.below(1);
    }
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    // Mulberry32: small, and good enough to be unpredictable to a library.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor(((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32 * limit);
  }

  /** An integer from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** Whether something happens that happens `percent` times in a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of `items`. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** Some of `items`, at least one, in their order. */
  some<T>(items: readonly T[]): T[] {
    const sure = this.below(items.length);
    const percent = this.between(10, 90);
    return items.filter((_, at) => this.chance(percent) || at === sure);
  }
}
