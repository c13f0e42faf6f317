import { inTime } from "../src/testing/deadline.ts";
import { Random } from "../src/testing/random.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Alarms } from "./alarms.ts";
import type { Feed, Summary } from "./finding.ts";
import { helloTrial } from "./hello_trial.ts";
import { shutdownTrial } from "./shutdown_trial.ts";
import { toOutcome } from "./trial.ts";

/** What is fed over a socket whose other end is in this process. */
export const SOCKET_TARGETS = {
  "hellos": helloTrial,
  "shutdowns": shutdownTrial,
} as const;

/** Feeds inputs over a socket in a folder of its own, one after the other, until `signal` aborts. */
export async function runSocket(
  target: keyof typeof SOCKET_TARGETS,
  { seed, first, inputs, onFinding }: Feed,
  signal: AbortSignal,
): Promise<Summary> {
  await using box = new Sandbox();
  using alarms = new Alarms();
  let done = 0;
  let found = 0;
  for (; done < inputs && !signal.aborted; done++) {
    const number = first + done;
    const trial = SOCKET_TARGETS[target](
      new Random(seed, number, 1),
      box.sockfile,
    );
    const { failures, fed } = await inTime(trial, "the end of the input")
      .catch(toOutcome);
    const wrong = [...failures, ...alarms.take()];
    if (wrong.length === 0) continue;
    found++;
    onFinding({ target, number, failures: wrong, fed });
  }
  return { done, found, failures: [], told: "" };
}
