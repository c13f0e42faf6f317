import type { Bench } from "./bench.ts";
import type { Goal } from "./goal.ts";
import type { Series, Work } from "./results.ts";

/** A part of the benchmark, which can be run alone. */
export interface Part {
  readonly name: string;
  /** What it measures, for people. */
  readonly about: string;
  /** How many rounds are measured if nobody says otherwise. */
  readonly rounds: number;
  readonly goals: readonly Goal[];
  measure(bench: Bench): Promise<Measured>;
}

/** What a part has measured. */
export interface Measured {
  readonly works?: readonly Work[];
  readonly series?: readonly Series[];
}
