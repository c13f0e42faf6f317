// A command for tests: its one argument is a job as JSON, and each line that
// it prints is a JSON object that tells what happened.
import { autod } from "../../mod.ts";
import type { Job, Told } from "./command.ts";

const job: Job = JSON.parse(Deno.args[0]);
const { options, calls = [], barrier, lock, hold, tellProcess } = job;

if (lock) await Deno.openSync(lock, { write: true }).lock(true);
if (barrier) {
  tell({ event: "loaded" });
  await stdinEnds();
}
try {
  await using daemon = await autod({
    ...options,
    onProcess: ({ pid }) => tellProcess && tell({ event: "process", pid }),
  });
  const answers: unknown[] = [];
  for (const [method, ...args] of calls) {
    answers.push(await daemon.rpc[method](...args));
  }
  const { pid, spawned } = daemon.connection;
  tell({ event: "answered", pid, spawned, answers });
  if (hold) await new Promise(() => {});
} catch (error) {
  const { name, message, code } = error as Error & { code?: string };
  tell({ event: "failed", name, message, code });
  Deno.exitCode = 1;
}

function tell(told: Told): void {
  console.log(JSON.stringify(told));
}

async function stdinEnds(): Promise<void> {
  for await (const _chunk of Deno.stdin.readable);
}
