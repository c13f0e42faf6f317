import { parseTask } from "../src/testing/task.ts";
import { ACTIONS } from "./plan.ts";

const DEFAULTS = {
  seed: Date.now() % 2 ** 31,
  first: 0,
  rounds: 5,
  clients: 32,
  seconds: 3,
};

/** What is said of the command line. */
export const HELP = `deno task chaos [--seed N] [--rounds N] [--clients N]

  --seed N     what the decisions are made from (another one each time)
  --rounds N   how many rounds (${DEFAULTS.rounds})
  --clients N  how many clients at once (${DEFAULTS.clients})
  --seconds N  how long a round does its deeds (${DEFAULTS.seconds})
  --first N    the number of the first round (${DEFAULTS.first}), to repeat one
  --only A     do only this, and not some of all; may be repeated:
               ${ACTIONS.join(", ")}`;

/** What the chaos is told on its command line. */
export type ChaosOptions = NonNullable<ReturnType<typeof parseOptions>>;

/**
 * Reads a command line, or returns `undefined` if it asks for help.
 *
 * @throws {TypeError} If it is wrong.
 */
export function parseOptions(args: string[]) {
  const given = parseTask(args, DEFAULTS, ACTIONS, HELP);
  if (given === undefined) return undefined;
  const { only } = given;
  return {
    ...given,
    clients: Math.max(1, given.clients),
    only: only.length > 0 ? only : undefined,
  };
}
