import { Random } from "../src/testing/random.ts";
import { type Feed, Feeder, type Summary } from "./feeder.ts";
import { Globals } from "./globals.ts";
import { checkHeap, tellHeap, usedHeap } from "./heap.ts";
import { trialAt, type TrialName, TRIALS } from "./trials.ts";

/** How many inputs the heap needs to reach its size: compiled code, and caches of the runtime. */
const WARM_UP = 5000;

/** Feeds inputs within this process, one after the other; all to the trial `only`, if there is one. */
export async function run(feed: Feed, only?: TrialName): Promise<Summary> {
  const { seed, inputs } = feed;
  const globals = new Globals();
  const shares: Record<string, number> = {};
  const targetOf = (number: number) =>
    only ?? trialAt(new Random(seed, number, 0).below(100));
  using feeder = new Feeder(feed, targetOf, (number) => {
    const target = targetOf(number);
    shares[target] = (shares[target] ?? 0) + 1;
    return TRIALS[target].trial(new Random(seed, number, 1));
  });
  await feeder.feedUpTo(Math.min(WARM_UP, inputs >> 1));
  const before = await usedHeap();
  await feeder.feedUpTo(inputs);
  const after = await usedHeap();
  const failures = [...globals.changes(), ...checkHeap(before, after)];
  const told = Object.entries(shares).map(([name, count]) => `${name} ${count}`)
    .join(", ");
  const { done, found } = feeder;
  return { done, found, failures, told: `${told}; ${tellHeap(before, after)}` };
}
