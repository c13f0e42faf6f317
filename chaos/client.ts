// A client of the chaos: connects, calls, and prints what came of each call.
import { setTimeout } from "node:timers/promises";
import { autod, AutodError, ConnectionClosedError } from "../mod.ts";
import { type Entry, FILES } from "./journal.ts";
import { Random } from "../src/testing/random.ts";
import type { Failure, Job, Told } from "./report.ts";

const job: Job = JSON.parse(Deno.args[0]);
const random = new Random(...job.seeds);
const options = {
  rpcfile: `${job.dir}/${FILES.rpcfile}`,
  sockfile: job.sockfile,
  methods: ["add"],
  permissions: "all",
  args: [job.slowest],
  autoclose: job.autoclose,
  drainTimeout: job.drainTimeout,
} as const;
let calls = 0;

type Add = (id: string, before: number, after: number) => Promise<Entry>;

for (let left = job.once ? 1 : random.between(1, 3); left > 0; left--) {
  await connectOnce();
}

async function connectOnce(): Promise<void> {
  const since = Date.now();
  try {
    tell({ event: "opening" });
    await using daemon = await autod<{ add: Add }>(options);
    const { pid } = daemon.connection;
    tell({ event: "opened", pid, ms: Date.now() - since });
    for (let left = job.once ? 1 : random.between(1, 6); left > 0; left--) {
      const size = job.once ? 1 : random.pick([1, 1, 2, 6]);
      const burst = Array.from({ length: size }, () => decideCall());
      tell({ event: "asked", ids: burst.map(([id]) => id) });
      await Promise.all(burst.map((call) => make(daemon.rpc.add, call)));
      if (left > 1) await setTimeout(random.below(100));
    }
  } catch (error) {
    tell({ event: "refused", ms: Date.now() - since, why: explain(error) });
  }
}

function decideCall(): Parameters<Add> {
  const { name, slowest } = job;
  const id = `${name}/${++calls}`;
  return [id, random.below(slowest + 1), random.below(slowest + 1)];
}

async function make(add: Add, call: Parameters<Add>): Promise<void> {
  const since = Date.now();
  const ms = () => Date.now() - since;
  try {
    const entry = await add(...call);
    tell({ event: "answered", ms: ms(), entry });
  } catch (error) {
    tell({ event: "failed", ms: ms(), id: call[0], why: explain(error) });
  }
}

function explain(error: unknown): Failure {
  if (error instanceof ConnectionClosedError) {
    return { error: "closed", maybeExecuted: error.maybeExecuted };
  }
  if (error instanceof AutodError) {
    const { code, message } = error;
    return { error: "autod", code, message };
  }
  return { error: "other", text: Deno.inspect(error) };
}

function tell(told: Told): void {
  console.log(JSON.stringify(told));
}
