// Feeds a server, a client and a daemon with what nobody should send them.
import { runDaemon } from "./daemon_run.ts";
import type { Feed, Finding, Summary } from "./finding.ts";
import { type FuzzOptions, HELP, type Only, parseOptions } from "./options.ts";
import { runLong } from "./long_run.ts";
import { run } from "./run.ts";
import { runSocket } from "./socket_run.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** How many findings are shown. */
const MAX_SHOWN = 20;
/** How much is shown of an input, in characters. */
const MAX_FED = 3000;

// Errors are made by the million, and their stacks are what takes the time.
Error.stackTraceLimit = 2;

const options = parseOptions(Deno.args);
if (options === undefined) console.log(HELP);
else Deno.exitCode = await runAll(options) ? 0 : 1;

/** Feeds all that was asked for, and resolves to whether nothing was found. */
async function runAll(options: FuzzOptions): Promise<boolean> {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = () => controller.abort();
  for (const name of SIGNALS) Deno.addSignalListener(name, stop);
  let shown = 0;
  const onFinding = (finding: Finding) => {
    if (shown++ < MAX_SHOWN) show(options.seed, finding);
  };
  let isGood = true;
  for (const [target, inputs] of decideInputs(options)) {
    if (inputs === 0) continue;
    const since = Date.now();
    const { seed, first } = options;
    const feed = { seed, first, inputs, onFinding };
    const summary = await runTarget(target, feed, signal);
    report(target, seed, summary, since);
    isGood &&= summary.found === 0 && summary.failures.length === 0;
    isGood &&= !signal.aborted;
  }
  for (const name of SIGNALS) Deno.removeSignalListener(name, stop);
  return isGood;
}

type Part = Only | "all";

function decideInputs(
  { only, inputs, sockets }: FuzzOptions,
): [Part, number][] {
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

function runTarget(
  target: Part,
  feed: Feed,
  signal: AbortSignal,
): Promise<Summary> {
  switch (target) {
    case "all":
      return run(feed, signal);
    case "one connection":
      return runLong(feed, signal);
    case "daemon":
      return runDaemon(feed, signal);
    case "hellos":
    case "shutdowns":
      return runSocket(target, feed, signal);
    default:
      return run(feed, signal, target);
  }
}

function show(seed: number, { target, number, failures, fed }: Finding): void {
  console.log(
    `FOUND: deno task fuzz --seed ${seed} --only "${target}" --first ${number} --inputs 1`,
  );
  for (const failure of failures) console.log(`  ${failure}`);
  console.log(fed.slice(0, MAX_FED).replace(/^/gm, "    "));
}

function report(
  target: Part,
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
