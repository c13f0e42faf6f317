import type { Random } from "../src/testing/random.ts";

/** What came of one input. */
export interface Outcome {
  /** What must not have happened. */
  readonly failures: readonly string[];
  /** What was fed, for those who look for the cause. */
  readonly fed: string;
}

/** Feeds one input that `random` makes up. */
export type Trial = (random: Random) => Promise<Outcome>;

/** That of an input whose trial failed itself. */
export function toOutcome(error: unknown): Outcome {
  return { failures: [Deno.inspect(error)], fed: "" };
}

const decoder = new TextDecoder();

/** Bytes as people can read them. */
export function show(bytes: Uint8Array): string {
  const text = decoder.decode(bytes.subarray(0, MAX_SHOWN));
  return JSON.stringify(text) + (bytes.length > MAX_SHOWN ? "…" : "");
}

const MAX_SHOWN = 2000;
