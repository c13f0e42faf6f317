import { runDaemon } from "./daemon_run.ts";
import type { Feed, Summary } from "./feeder.ts";
import { helloTrial } from "./hello_trial.ts";
import { runLong } from "./long_run.ts";
import { run } from "./run.ts";
import { shutdownTrial } from "./shutdown_trial.ts";
import { runSocket } from "./socket_run.ts";
import { TRIAL_NAMES, type TrialName } from "./trials.ts";

/** Feeds all inputs of a target. */
type Run = (feed: Feed) => Promise<Summary>;

const TRIAL_RUNS = Object.fromEntries(
  TRIAL_NAMES.map((name) => [name, (feed: Feed) => run(feed, name)]),
) as Record<TrialName, Run>;

/** What is fed, each by itself; "all" are the trials within this process. */
export const TARGETS = {
  "all": (feed) => run(feed),
  ...TRIAL_RUNS,
  "one connection": runLong,
  "daemon": runDaemon,
  "hellos": (feed) => runSocket(feed, "hellos", helloTrial),
  "shutdowns": (feed) => runSocket(feed, "shutdowns", shutdownTrial),
} satisfies Record<string, Run>;

/** One of {@linkcode TARGETS}. */
export type Target = keyof typeof TARGETS;

/** Their names. */
export const TARGET_NAMES = Object.keys(TARGETS) as Target[];
