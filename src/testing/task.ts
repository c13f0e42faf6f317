import { parseArgs } from "@std/cli";

/**
 * Reads the command line of a task that takes whole numbers, and `--only` with
 * some of the names in `all`, or returns `undefined` if it asks for help.
 *
 * @throws {TypeError} If it is wrong.
 */
export function parseTask<N extends string, T extends string>(
  args: string[],
  defaults: Readonly<Record<N, number>>,
  all: readonly T[],
  help: string,
): Readonly<Record<N, number>> & { readonly only: readonly T[] } | undefined {
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
  return {
    ...numbers,
    only: given.only.map((name: string) => toOnly(name, all)),
  };
}

function toOnly<T extends string>(name: string, all: readonly T[]): T {
  const only = all.find((one) => one === name);
  if (only !== undefined) return only;
  throw new TypeError(`Cannot take --only "${name}": see --help`);
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a task, which a signal to this process ends sooner. The process ends
 * with 0 if it was not, and `run` resolves to whether all went well.
 */
export async function runTask(
  run: (signal: AbortSignal) => Promise<boolean>,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = () => controller.abort();
  for (const name of SIGNALS) Deno.addSignalListener(name, stop);
  const isGood = await run(signal);
  for (const name of SIGNALS) Deno.removeSignalListener(name, stop);
  Deno.exitCode = isGood && !signal.aborted ? 0 : 1;
}
