import { AUTOD } from "./bench.ts";
import { median, ratio } from "./measure.ts";
import type { Work } from "./results.ts";

/** The contender of a work, other than this library and the floors, that does best. */
export const BEST_PEER = "the best peer";

/** What a figure of this library should reach. */
export interface Goal {
  readonly work: string;
  /** Which contender's figure it is given in; absent, it is absolute. */
  readonly per?: string;
  /** The work of this library whose figure it is given in. */
  readonly perWork?: string;
  readonly is: "at most" | "at least";
  readonly limit: number;
  /** What would be even better. */
  readonly aim?: number;
}

/** How a goal was met. */
export interface Verdict {
  readonly goal: Goal;
  readonly figure: number;
  readonly reached: boolean;
  /** The contender that `goal.per` turned out to be. */
  readonly per: string | undefined;
}

/** The contenders that are no libraries, but what a library cannot do better than. */
export function isFloor(contender: string): boolean {
  return contender.startsWith("floor: ");
}

/** The peer with the best median, or `undefined` if there is none. */
export function bestPeer({ samples, better }: Work): string | undefined {
  const sign = better === "less" ? 1 : -1;
  return Object.keys(samples)
    .filter((name) => !name.startsWith(AUTOD) && !isFloor(name))
    .toSorted((a, b) => sign * (median(samples[a]) - median(samples[b])))[0];
}

/** Compares a goal with what was measured; `undefined` if that was not measured. */
export function judge(
  goal: Goal,
  works: readonly Work[],
): Verdict | undefined {
  const work = works.find(({ name }) => name === goal.work);
  if (work === undefined) return undefined;
  const per = goal.per === BEST_PEER ? bestPeer(work) : goal.per;
  const base = works.find(({ name }) => name === goal.perWork);
  const figure = per !== undefined
    ? ratio(work.samples, AUTOD, per)
    : base !== undefined
    ? ratio({ of: work.samples[AUTOD], per: base.samples[AUTOD] }, "of", "per")
    : median(work.samples[AUTOD]);
  if (Number.isNaN(figure)) return undefined;
  const reached = goal.is === "at most"
    ? figure <= goal.limit
    : figure >= goal.limit;
  return { goal, figure, reached, per };
}
