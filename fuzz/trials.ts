import { clientStreamTrial } from "./client_stream_trial.ts";
import { clientTrial } from "./client_trial.ts";
import { crowdTrial } from "./crowd_trial.ts";
import { linesTrial } from "./lines_trial.ts";
import { streamTrial } from "./stream_trial.ts";
import type { Trial } from "./trial.ts";

/** What is fed within this process, and how often of a hundred times. */
export const TRIALS = {
  "lines": { trial: linesTrial, share: 40 },
  "streams": { trial: streamTrial, share: 20 },
  "crowds": { trial: crowdTrial, share: 10 },
  "client": { trial: clientTrial, share: 20 },
  "client streams": { trial: clientStreamTrial, share: 10 },
} as const satisfies Record<string, { trial: Trial; share: number }>;

/** One of {@linkcode TRIALS}. */
export type TrialName = keyof typeof TRIALS;

/** Their names. */
export const TRIAL_NAMES = Object.keys(TRIALS) as TrialName[];

/** The trial that stands at `roll` of a hundred. */
export function trialAt(roll: number): TrialName {
  let left = roll;
  for (const name of TRIAL_NAMES) {
    left -= TRIALS[name].share;
    if (left < 0) return name;
  }
  return TRIAL_NAMES[0];
}
