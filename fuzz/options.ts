import { parseTask, toOnly } from "../src/testing/task_options.ts";
import { TARGET_NAMES } from "./targets.ts";

/** What the fuzzer is told on its command line. */
export interface FuzzOptions {
  readonly seed: number;
  /** The number of the first input of each kind. */
  readonly first: number;
  /** How many inputs are fed within this process. */
  readonly inputs: number;
  /** How many inputs are fed over sockets. */
  readonly sockets: number;
  readonly only: Only | undefined;
}

/** What `--only` takes. */
export const ONLY = [
  ...TARGET_NAMES,
  "one connection",
  "daemon",
  "hellos",
  "shutdowns",
] as const;

/** One of {@linkcode ONLY}. */
export type Only = typeof ONLY[number];

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
               ${ONLY.join(", ")}`;

/**
 * Reads a command line, or returns \`undefined\` if it asks for help.
 *
 * @throws {TypeError} If it is wrong.
 */
export function parseOptions(args: string[]): FuzzOptions | undefined {
  const given = parseTask(args, DEFAULTS, HELP);
  if (given === undefined) return undefined;
  const [only, ...others] = given.only.map((name) => toOnly(name, ONLY));
  if (others.length === 0) return { ...given.numbers, only };
  throw new TypeError("Cannot take --only twice");
}
