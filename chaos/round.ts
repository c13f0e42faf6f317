import { Sandbox } from "../src/testing/sandbox.ts";
import { check, checkGentle, type Tally } from "./check.ts";
import { Deeds, writeRpcfile } from "./deeds.ts";
import { FILES, parseJournal } from "./journal.ts";
import { checkEnd } from "./end.ts";
import type { Plan } from "./plan.ts";
import { Pool } from "./pool.ts";
import { sendSignal } from "./proc.ts";

/** What came of a round. */
export interface RoundResult {
  readonly tally: Tally;
  /** How many clients there were. */
  readonly clients: number;
  /** How many daemons counted at least one call. */
  readonly daemons: number;
  /** What must not have happened; empty if all is well. */
  readonly failures: readonly string[];
  /** What the driver did, and the log of the daemons. */
  readonly trace: readonly string[];
}

/** Runs one round in a folder of its own, and leaves nothing behind. */
export async function runRound(
  plan: Plan,
  signal: AbortSignal,
): Promise<RoundResult> {
  await using box = new Sandbox();
  writeRpcfile(box, "the first");
  const pool = new Pool(plan, box.dir, box.sockfile);
  const kill = () => pool.killAll();
  signal.addEventListener("abort", kill);
  const deeds = new Deeds(box, pool, signal);
  const failures: string[] = [];
  try {
    await deeds.run(plan);
    await pool.finish();
    if (!signal.aborted) failures.push(...await checkHealth(pool));
    if (!signal.aborted) failures.push(...await checkEnd(box));
  } finally {
    signal.removeEventListener("abort", kill);
    for (const pid of box.daemons()) sendSignal(pid, "SIGKILL");
    pool.killAll();
    await pool.finish();
  }
  const journal = parseJournal(readIfThere(box, FILES.journal));
  const { tally, failures: wrong } = check(journal, pool.told);
  const violations = readIfThere(box, FILES.violations);
  if (violations !== "") failures.push(violations);
  if (plan.isGentle) failures.push(...checkGentle(tally));
  return {
    tally,
    clients: pool.length,
    daemons: new Set(journal.map(({ pid }) => pid)).size,
    failures: [...failures, ...pool.failures, ...wrong],
    trace: [...deeds.trace, ...readIfThere(box, "d.sock.log").split("\n")]
      .sort(),
  };
}

/** After all that was done, a command works as if nothing had been. */
async function checkHealth(pool: Pool): Promise<string[]> {
  const told = await pool.once();
  if (told.at(-1)?.event === "answered") return [];
  return [`the last client was told ${JSON.stringify(told)}`];
}

function readIfThere(box: Sandbox, name: string): string {
  try {
    return Deno.readTextFileSync(box.path(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
