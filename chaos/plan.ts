import { Random } from "../src/testing/random.ts";

/** What the driver does to a daemon, its socket, its rpcfile or its clients. */
export const ACTIONS = [
  "kill the daemon",
  "kill a client",
  "kill many clients",
  "remove the socket",
  "stop the daemon",
  "fill the backlog",
  "shut down",
  "shut down by force",
  "terminate the daemon",
  "touch the rpcfile",
  "edit the rpcfile",
] as const;

/** Those after which every call is to be answered all the same. */
const GENTLE: readonly Action[] = [
  "kill a client",
  "kill many clients",
  "remove the socket",
  "shut down",
  "touch the rpcfile",
  "edit the rpcfile",
];

/** One of {@linkcode ACTIONS}. */
export type Action = typeof ACTIONS[number];

/** One deed of the driver. */
export interface Step {
  /** How long to wait before it, in milliseconds. */
  readonly pause: number;
  readonly action: Action;
  /** Chooses whom it hits: of the n that there are, the one at `target` % n. */
  readonly target: number;
  /** How long a state lasts that does not last by itself, in milliseconds. */
  readonly hold: number;
}

/** What a plan is made for. */
interface Frame {
  readonly seed: number;
  readonly round: number;
  readonly clients: number;
  /** How long the steps take by themselves, in milliseconds. */
  readonly duration: number;
}

/** Everything that is decided about a round before it begins. */
export interface Plan extends Frame {
  readonly actions: readonly Action[];
  readonly steps: readonly Step[];
  /** The options of the daemon that differ from round to round. */
  readonly autoclose: number;
  readonly drainTimeout: number;
  /** The longest that half of a call takes, and how long the end of a session does, in milliseconds. */
  readonly slowest: number;
  /** Whether every call is to be answered, and every `autod()` to work. */
  readonly isGentle: boolean;
}

/** How {@linkcode makePlan} makes one. */
export interface PlanOptions extends Frame {
  /** Do only these, and not some of all. */
  readonly only?: readonly Action[];
}

/** A daemon that is not closed by its idleness is closed by this one, if the driver itself is killed; milliseconds. */
const LAST_RESORT = 60_000;

/** Longer than anyone waits for the answer to a hello, in milliseconds. */
const LONG_STOP = 7000;

/** Decides what happens in a round. */
export function makePlan({ only, ...frame }: PlanOptions): Plan {
  const { seed, round, duration } = frame;
  const random = new Random(seed, round);
  const actions = only ??
    random.some(random.chance(30) ? GENTLE : ACTIONS);
  const isGentle = actions.every((action) => GENTLE.includes(action));
  // A daemon that is always closed before its starter comes is a start that failed.
  const pace = random.pick(isGentle ? [400, 1000] : [50, 150, 400, 1000]);
  const longest = random.pick([30, 30, 300, 300, 1500, 1500, LONG_STOP]);
  const steps: Step[] = [];
  for (let time = 0; time < duration;) {
    const pause = random.between(1, 2 * pace);
    const hold = random.between(1, longest);
    const target = random.below(2 ** 30);
    steps.push({ pause, action: random.pick(actions), target, hold });
    time += pause;
  }
  const slowest = random.pick([0, 0, 20, 150]);
  return {
    ...frame,
    actions,
    steps,
    autoclose: random.pick([LAST_RESORT, LAST_RESORT, 1000, 300]),
    // A call that is cut off by it is one that is lost.
    drainTimeout: isGentle ? 5000 : random.pick([5000, 5000, 200, 20]),
    slowest,
    isGentle,
  };
}
