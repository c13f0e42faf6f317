// Feeds a server, a client and a daemon with what nobody should send them.
import { runTask } from "../src/testing/task.ts";
import type { Finding, Summary } from "./feeder.ts";
import { type FuzzOptions, HELP, parseOptions } from "./options.ts";
import { type Target, TARGETS } from "./targets.ts";

/** How many findings are shown. */
const MAX_SHOWN = 20;
/** How much is shown of an input, in characters. */
const MAX_FED = 3000;

// Errors are made by the million, and their stacks are what takes the time.
Error.stackTraceLimit = 2;

const options = parseOptions(Deno.args);
if (options === undefined) console.log(HELP);
else await runTask((signal) => runAll(options, signal));

/** Feeds all that was asked for, and resolves to whether nothing was found. */
async function runAll(
  options: FuzzOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { seed, first } = options;
  let shown = 0;
  const onFinding = (finding: Finding) => {
    if (shown++ < MAX_SHOWN) show(seed, finding);
  };
  let isGood = true;
  for (const [target, inputs] of decideInputs(options)) {
    if (inputs === 0) continue;
    const since = Date.now();
    const feed = { seed, first, inputs, onFinding, signal };
    const summary = await TARGETS[target](feed);
    report(target, seed, summary, since);
    isGood &&= summary.found === 0 && summary.failures.length === 0;
  }
  return isGood;
}

function decideInputs(
  { only, inputs, sockets }: FuzzOptions,
): [Target, number][] {
  if (only !== undefined) return [[only, inputs]];
  // Each takes longer than the one before it.
  const shutdowns = Math.floor(sockets / 50);
  const hellos = Math.floor(sockets / 5);
  return [
    ["all", inputs],
    ["one connection", Math.floor(inputs / 20)],
    ["daemon", sockets - hellos - shutdowns],
    ["hellos", hellos],
    ["shutdowns", shutdowns],
  ];
}

function show(seed: number, { target, number, failures, fed }: Finding): void {
  console.log(
    `FOUND: deno task fuzz --seed ${seed} --only "${target}" --first ${number} --inputs 1`,
  );
  for (const failure of failures) console.log(`  ${failure}`);
  console.log(fed.slice(0, MAX_FED).replace(/^/gm, "    "));
}

function report(
  target: Target,
  seed: number,
  { done, found, failures, told }: Summary,
  since: number,
): void {
  const took = ((Date.now() - since) / 1000).toFixed(1);
  console.log(
    `${target}, seed ${seed}: ${done} inputs in ${took} s, ${found} findings${
      told && `; ${told}`
    }`,
  );
  for (const failure of failures) console.log(`  FAILURE: ${failure}`);
}
