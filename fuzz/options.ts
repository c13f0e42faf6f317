import { parseTask } from "../src/testing/task.ts";
import { TARGET_NAMES } from "./targets.ts";

const DEFAULTS = {
  seed: Date.now() % 2 ** 31,
  first: 0,
  inputs: 100_000,
  sockets: 5000,
};

/** What is said of the command line. */
export const HELP = `deno task fuzz [--seed N] [--inputs N] [--sockets N]

  --seed N     what the inputs are made from (another one each time)
  --inputs N   how many inputs within this process (${DEFAULTS.inputs})
  --sockets N  how many inputs over sockets (${DEFAULTS.sockets})
  --first N    the number of the first input (${DEFAULTS.first}), to repeat one
  --only T     feed this alone, with --inputs of them:
               ${TARGET_NAMES.join(", ")}`;

/** What the fuzzer is told on its command line. */
export type FuzzOptions = NonNullable<ReturnType<typeof parseOptions>>;

/**
 * Reads a command line, or returns `undefined` if it asks for help.
 *
 * @throws {TypeError} If it is wrong.
 */
export function parseOptions(args: string[]) {
  const given = parseTask(args, DEFAULTS, TARGET_NAMES, HELP);
  if (given === undefined) return undefined;
  if (given.only.length > 1) throw new TypeError("Cannot take --only twice");
  return { ...given, only: given.only.at(0) };
}
