import { parseTask, toOnly } from "../src/testing/task_options.ts";
import { type Action, ACTIONS } from "./plan.ts";

/** What the chaos is told on its command line. */
export interface ChaosOptions {
  readonly seed: number;
  /** The number of the first round. */
  readonly first: number;
  readonly rounds: number;
  readonly clients: number;
  readonly seconds: number;
  readonly only: readonly Action[] | undefined;
}

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

/**
 * Reads a command line, or returns `undefined` if it asks for help.
 *
 * @throws {TypeError} If it is wrong.
 */
export function parseOptions(args: string[]): ChaosOptions | undefined {
  const given = parseTask(args, DEFAULTS, HELP);
  if (given === undefined) return undefined;
  const { numbers, only } = given;
  return {
    ...numbers,
    clients: Math.max(1, numbers.clients),
    only: only.length > 0
      ? only.map((name) => toOnly(name, ACTIONS))
      : undefined,
  };
}
