// Measures this library against its peers: see --help.
import { load, lookAtMachine } from "./machine.ts";
import { type BenchOptions, HELP, parseOptions } from "./options.ts";
import type { Part } from "./part.ts";
import { installNode24, installPeers } from "./peers.ts";
import { render } from "./readme.ts";
import { reportText } from "./report.ts";
import {
  type PartResult,
  readResults,
  type Results,
  writeResults,
} from "./results.ts";
import { Yard } from "./yard.ts";

const INTERRUPTED = 130;

const stopping = new AbortController();

/** What measures just now. */
let current: Yard | undefined;

const options = parseOptions(Deno.args);
if (options === undefined) console.log(HELP);
else if (options.from !== undefined) await renderFile(options.from);
else await run(options);

async function renderFile(path: string): Promise<void> {
  const results = readResults(path);
  if (results === undefined) throw new TypeError(`Cannot read "${path}"`);
  await render(results);
}

async function run(options: BenchOptions): Promise<void> {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, interrupt);
  }
  await installPeers(stopping.signal);
  const node24 = options.smoke
    ? undefined
    : await installNode24(stopping.signal);
  const machine = await lookAtMachine(node24);
  const parts: Record<string, PartResult> = {};
  for (const part of options.parts) {
    const result = await measure(part, options, node24);
    parts[part.name] = result;
    console.error(`${part.name}: ${result.seconds.toFixed(1)} s`);
    const results: Results = { machine, parts };
    if (options.json !== undefined) await writeResults(options.json, results);
  }
  console.log(reportText({ machine, parts }));
}

async function interrupt(): Promise<void> {
  stopping.abort();
  await current?.[Symbol.asyncDispose]();
  Deno.exit(INTERRUPTED);
}

async function measure(
  part: Part,
  { rounds = part.rounds, smoke }: BenchOptions,
  node24: string | undefined,
): Promise<PartResult> {
  await using yard = new Yard();
  current = yard;
  const bench = { yard, rounds: smoke ? 1 : rounds, smoke, node24 };
  const at = new Date();
  const before = load();
  const { works = [], series = [] } = await part.measure(bench)
    .catch(async (error) => {
      if (yard.ended) await interrupt(); // that is why
      throw error;
    });
  return {
    at: at.toISOString(),
    seconds: (Date.now() - at.getTime()) / 1000,
    rounds: bench.rounds,
    load: before,
    works,
    series,
  };
}
