import { parseArgs } from "@std/cli";

/** What a task was told on its command line. */
export interface TaskOptions<N extends string> {
  /** The numbers that it takes, given or not. */
  readonly numbers: Readonly<Record<N, number>>;
  /** What it is confined to. */
  readonly only: readonly string[];
}

/**
 * Reads the command line of a task that takes whole numbers and `--only`, or
 * returns `undefined` if it asks for help.
 *
 * @throws {TypeError} If it is wrong; the message ends by `help`.
 */
export function parseTask<N extends string>(
  args: string[],
  defaults: Readonly<Record<N, number>>,
  help: string,
): TaskOptions<N> | undefined {
  const given = parseArgs(args, {
    string: ["only", ...Object.keys(defaults)],
    boolean: ["help"],
    collect: ["only"],
    unknown: (name) => {
      throw new TypeError(`Cannot take ${name}\n${help}`);
    },
  });
  if (given.help) return undefined;
  const numbers: Record<N, number> = { ...defaults };
  for (const name of Object.keys(defaults) as N[]) {
    const value = Number(given[name] ?? defaults[name]);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new TypeError(
        `Cannot take --${name} ${given[name]}: it is no number`,
      );
    }
    numbers[name] = value;
  }
  return { numbers, only: given.only };
}

/**
 * Which of `all` the name is.
 *
 * @throws {TypeError} If it is none of them.
 */
export function toOnly<T extends string>(name: string, all: readonly T[]): T {
  const only = all.find((one) => one === name);
  if (only !== undefined) return only;
  throw new TypeError(`Cannot take --only "${name}": see --help`);
}
