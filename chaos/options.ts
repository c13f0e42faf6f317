import { parseArgs } from "@std/cli";
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
  const given = parseArgs(args, {
    string: ["only", ...Object.keys(DEFAULTS)],
    boolean: ["help"],
    collect: ["only"],
    unknown: (name) => {
      throw new TypeError(`Cannot take ${name}\n${HELP}`);
    },
  });
  if (given.help) return undefined;
  const number = (name: keyof typeof DEFAULTS): number => {
    const value = Number(given[name] ?? DEFAULTS[name]);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new TypeError(
      `Cannot take --${name} ${given[name]}: it is no number`,
    );
  };
  return {
    seed: number("seed"),
    first: number("first"),
    rounds: number("rounds"),
    clients: Math.max(1, number("clients")),
    seconds: number("seconds"),
    only: given.only.length > 0 ? given.only.map(toAction) : undefined,
  };
}

function toAction(name: string): Action {
  const action = ACTIONS.find((action) => action === name);
  if (action !== undefined) return action;
  throw new TypeError(`Cannot take --only "${name}": see --help`);
}
