import { Random } from "../src/testing/random.ts";
import { Alarms } from "./alarms.ts";
import type { Feed, Summary } from "./finding.ts";
import { Globals, isPolluted } from "./globals.ts";
import { checkHeap, tellHeap, usedHeap } from "./heap.ts";
import { tripped } from "./iface.ts";
import { type Target, targetAt, TARGETS } from "./targets.ts";
import { tick } from "./tick.ts";
import { toOutcome } from "./trial.ts";
import { Watchdog } from "./watchdog.ts";

/** How many inputs the heap needs to reach its size: compiled code, and caches of the runtime. */
const WARM_UP = 5000;

/** Feeds inputs within this process, one after the other, until `signal` aborts; all to the target `only`, if there is one. */
export async function run(
  { seed, first, inputs, onFinding }: Feed,
  signal: AbortSignal,
  only?: Target,
): Promise<Summary> {
  using alarms = new Alarms();
  using watchdog = new Watchdog();
  const globals = new Globals();
  const shares: Record<string, number> = {};
  let before: number | undefined;
  let done = 0;
  let found = 0;
  for (; done < inputs && !signal.aborted; done++) {
    if (done === Math.min(WARM_UP, inputs >> 1)) before = await usedHeap();
    const number = first + done;
    const target = only ?? targetAt(new Random(seed, number, 0).below(100));
    shares[target] = (shares[target] ?? 0) + 1;
    const trial = TARGETS[target].trial(new Random(seed, number, 1));
    const { failures, fed } = await watchdog.watch(trial).catch(toOutcome);
    const wrong = [...failures, ...await look(alarms)];
    if (wrong.length === 0) continue;
    found++;
    onFinding({ target, number, failures: wrong, fed });
  }
  const after = await usedHeap();
  const failures = [...globals.changes(), ...checkHeap(before, after)];
  const told = Object.entries(shares).map(([name, count]) => `${name} ${count}`)
    .join(", ");
  return { done, found, failures, told: `${told}; ${tellHeap(before, after)}` };
}

/** What an input may have done that its trial does not see. */
async function look(alarms: Alarms): Promise<string[]> {
  await tick(); // rejections that nobody handles are told of by then
  const wrong = alarms.take();
  if (tripped.length > 0) wrong.push(`these were run: ${tripped.splice(0)}`);
  if (isPolluted()) wrong.push("Object.prototype is polluted");
  return wrong;
}
