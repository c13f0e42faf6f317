/** What each contender did in each round; `null` where it failed. */
export type Samples = Record<string, (number | null)[]>;

/** The value in the middle, which one slow round does not move. `NaN` of nothing. */
export function median(values: readonly (number | null)[]): number {
  const sorted = values.filter((value) => value !== null)
    .toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * How many times `other` is in `one`: the median of the ratios of each round,
 * whose two measurements were taken side by side. `NaN` if they share none.
 */
export function ratio(samples: Samples, one: string, other: string): number {
  const others = samples[other] ?? [];
  return median((samples[one] ?? []).map((value, round) => {
    const per = others[round] ?? null;
    return value === null || per === null ? null : value / per;
  }));
}
