import { parseArgs } from "@std/cli";
import type { Part } from "./part.ts";
import { PARTS } from "./parts.ts";

/** What the benchmark is told on its command line. */
export interface BenchOptions {
  readonly parts: readonly Part[];
  /** How many rounds; absent, each part has its own number. */
  readonly rounds: number | undefined;
  /** Where to keep the results. */
  readonly json: string | undefined;
  /** Results to write into README.md, instead of measuring. */
  readonly from: string | undefined;
  readonly smoke: boolean;
}

/** What is said of the command line. */
export const HELP = `deno task bench [PARTS...] [--rounds N] [--json FILE]
deno task bench --from FILE

Measures this library against its peers, side by side in one run. Without PARTS
all of them run, which takes about six minutes.

${
  PARTS.map(({ name, about, rounds }) =>
    `  ${name.padEnd(8)} ${about}${rounds > 1 ? ` (${rounds} rounds)` : ""}`
  ).join("\n")
}

  --rounds N   how many rounds, instead of each part's own number
  --json FILE  keeps the results; what the file has of other parts stays
  --from FILE  writes kept results into bench/README.md and its plots
  --smoke      only sees that everything runs; the figures mean nothing
  --help       prints this text`;

/**
 * Reads a command line, or returns `undefined` if it asks for help.
 *
 * @throws {TypeError} If it is wrong.
 */
export function parseOptions(args: string[]): BenchOptions | undefined {
  const given = parseArgs(args, {
    string: ["rounds", "json", "from"],
    boolean: ["smoke", "help"],
    unknown: (name, key) => {
      if (key === undefined) return true;
      throw new TypeError(`Cannot take ${name}: see --help`);
    },
  });
  if (given.help) return undefined;
  const rounds = Number(given.rounds ?? 1);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new TypeError(`Cannot take --rounds ${given.rounds}: it is no count`);
  }
  if (given.smoke && given.json !== undefined) {
    throw new TypeError(
      "Cannot keep the figures of --smoke: they mean nothing",
    );
  }
  const names: string[] = given._.map(String);
  return {
    parts: names.length === 0 ? PARTS : names.map(toPart),
    rounds: given.rounds === undefined ? undefined : rounds,
    json: given.json,
    from: given.from,
    smoke: given.smoke,
  };
}

function toPart(name: string): Part {
  const part = PARTS.find((part) => part.name === name);
  if (part !== undefined) return part;
  throw new TypeError(`Cannot measure "${name}": see --help for the parts`);
}
