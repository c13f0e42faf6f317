import type { Series } from "./results.ts";

/** The power of growth up to which figures count as in proportion: 1 is exactly so, and a larger heap costs a little more. */
export const MAX_POWER = 1.2;
/** How many times its first figure the last one of a series that has to stay may be. */
export const MAX_CHANGE = 1.25;

/** Whether a series grows as it may. */
export interface GrowthVerdict {
  /**
   * Of what may grow, the steepest power between two neighbouring points: 1 is
   * in proportion. Of what has to stay, its last figure divided by its first.
   */
  readonly factor: number;
  readonly reached: boolean;
}

/** Looks at how a series grows. */
export function judgeGrowth({ points, may }: Series): GrowthVerdict {
  if (may === "stay") {
    const factor = points[points.length - 1][1] / points[0][1];
    return { factor, reached: factor <= MAX_CHANGE };
  }
  const factor = Math.max(
    ...points.slice(1).map(([x, y], i) => {
      const [x0, y0] = points[i];
      return Math.log(y / y0) / Math.log(x / x0);
    }),
  );
  return { factor, reached: factor <= MAX_POWER };
}
