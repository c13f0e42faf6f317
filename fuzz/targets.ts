import { clientStreamTrial } from "./client_stream_trial.ts";
import { clientTrial } from "./client_trial.ts";
import { crowdTrial } from "./crowd_trial.ts";
import { linesTrial } from "./lines_trial.ts";
import { streamTrial } from "./stream_trial.ts";
import type { Trial } from "./trial.ts";

/** What is fed within this process, and how often of a hundred times. */
export const TARGETS = {
  "lines": { trial: linesTrial, share: 40 },
  "streams": { trial: streamTrial, share: 20 },
  "crowds": { trial: crowdTrial, share: 10 },
  "client": { trial: clientTrial, share: 20 },
  "client streams": { trial: clientStreamTrial, share: 10 },
} as const satisfies Record<string, { trial: Trial; share: number }>;

/** One of {@linkcode TARGETS}. */
export type Target = keyof typeof TARGETS;

/** Their names. */
export const TARGET_NAMES = Object.keys(TARGETS) as Target[];

/** The target that stands at `roll` of a hundred. */
export function targetAt(roll: number): Target {
  let left = roll;
  for (const name of TARGET_NAMES) {
    left -= TARGETS[name].share;
    if (left < 0) return name;
  }
  return TARGET_NAMES[0];
}
