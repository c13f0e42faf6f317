// Does to daemons and their clients what the world does, only faster.
import { runTask } from "../src/testing/task.ts";
import { type ChaosOptions, HELP, parseOptions } from "./options.ts";
import { makePlan, type Plan } from "./plan.ts";
import { countOwn } from "./proc.ts";
import { type RoundResult, runRound } from "./round.ts";

/** How much is shown of what led to a failure, in lines. */
const MAX_TRACE = 150;

let ownAtFirst: number | undefined;

const options = parseOptions(Deno.args);
if (options === undefined) console.log(HELP);
else await runTask((signal) => run(options, signal));

/** Runs all rounds, and resolves to whether all went well. */
async function run(
  { seed, first, rounds, clients, seconds, only }: ChaosOptions,
  signal: AbortSignal,
): Promise<boolean> {
  let done = 0;
  let failed = 0;
  let answered = 0;
  for (let round = first; round < first + rounds; round++) {
    const duration = seconds * 1000;
    const plan = makePlan({ seed, round, clients, duration, only });
    const result = await tryRound(plan, signal);
    if (signal.aborted) break;
    done++;
    answered += result?.tally.answered ?? 0;
    if (result === undefined || result.failures.length > 0) failed++;
  }
  console.log(
    `seed ${seed}: ${done} rounds, ${failed} failed, ${answered} calls answered`,
  );
  return failed === 0;
}

async function tryRound(
  plan: Plan,
  signal: AbortSignal,
): Promise<RoundResult | undefined> {
  const since = Date.now();
  try {
    const result = await runRound(plan, signal);
    // Deno opens some for itself in the first round.
    ownAtFirst ??= countOwn();
    const leaks = countOwn() > ownAtFirst ? ["the driver leaks"] : [];
    const failures = [...result.failures, ...leaks];
    if (!signal.aborted) show(plan, { ...result, failures }, since);
    return { ...result, failures };
  } catch (error) {
    console.log(`round ${plan.round} FAILED: ${Deno.inspect(error)}`);
  }
}

function show(plan: Plan, result: RoundResult, since: number): void {
  const { tally, clients, daemons, failures, trace } = result;
  const { answered, lost, unsent, refused, slowest } = tally;
  const took = ((Date.now() - since) / 1000).toFixed(1);
  const verdict = failures.length > 0 ? "FAILED" : "ok";
  console.log(
    `round ${plan.round} ${verdict}, ${took} s, ${clients} clients, ${daemons} daemons, ${answered} answered, ${lost} lost, ${unsent} unsent, slowest ${slowest} ms${
      plan.isGentle ? ", gentle" : ""
    }: ${plan.actions.join(", ")}`,
  );
  for (const [kind, count] of Object.entries(refused)) {
    console.log(`  ${count} × ${kind}`);
  }
  if (failures.length === 0) return;
  const { steps: _, ...decided } = plan;
  console.log(`  ${JSON.stringify(decided)}`);
  for (const failure of failures) console.log(`  FAILURE: ${failure}`);
  for (const line of trace.slice(-MAX_TRACE)) console.log(`    ${line}`);
}
