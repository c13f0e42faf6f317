import { format } from "./format.ts";
import type { Samples } from "./measure.ts";

/** How many digits of a figure are kept. */
const DIGITS = 7;

/** What one kind of work took, or how much of it was done. */
export interface Work {
  readonly name: string;
  readonly unit: Unit;
  /** Which figures are the better ones. */
  readonly better: "less" | "more";
  readonly samples: Samples;
}

/** What figures are given in. */
export type Unit =
  | "ms"
  | "µs"
  | "µs CPU a call"
  | "calls/s"
  | "MB/s"
  | "objects/s"
  | "MiB"
  | "KiB"
  | "processes";

/** How one figure moves as another one grows. */
export interface Series {
  readonly name: string;
  readonly grows: string;
  readonly unit: Unit;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Whether it may grow with `grows`, or has to stay as it is. */
  readonly may: "grow" | "stay";
}

/** What a part of the benchmark measured. */
export interface PartResult {
  /** When it began, ISO 8601. */
  readonly at: string;
  readonly seconds: number;
  readonly rounds: number;
  /** How many processes wanted a core when it began. */
  readonly load: number;
  readonly works: readonly Work[];
  readonly series: readonly Series[];
}

/** Where it was measured. */
export interface Machine {
  readonly cores: number;
  readonly system: string;
  readonly deno: string;
  readonly node: string;
  readonly node24: string | null;
  /** What it takes to start and await `true`, which is in every figure of whole commands, in milliseconds. */
  readonly spawn: number;
}

/** All that is kept of a run. */
export interface Results {
  readonly machine: Machine;
  readonly parts: Readonly<Record<string, PartResult>>;
}

/** Reads what a run kept, if there is such a file. */
export function readResults(path: string): Results | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Keeps `results`, and what the file has of other parts. */
export async function writeResults(
  path: string,
  results: Results,
): Promise<void> {
  const parts = { ...readResults(path)?.parts, ...results.parts };
  const rounded = (_key: string, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value;
  const text = JSON.stringify({ ...results, parts }, rounded, 2);
  // The figures of a contender in one line.
  const short = text.replace(
    /\[[^[\]{}]*\]/g,
    (list) => list.replace(/\s+/g, ""),
  );
  await Deno.writeTextFile(path, short);
  await format(path);
}
