import { AUTOD, type Bench, interleave } from "../bench.ts";
import {
  type Command,
  counters,
  floorCommand,
  runCommand,
} from "../command.ts";
import type { Goal } from "../goal.ts";
import type { Samples } from "../measure.ts";
import type { Part } from "../part.ts";
import type { Work } from "../results.ts";
import { endDaemon } from "./cold.ts";

const SIZES = [2, 16, 64];
/** How long one of them may take, in milliseconds: some of the peers' never end. */
const TIMEOUT = 8000;
const FLOOR = "plain deno run";

const timeOf = (size: number) => `${size} at once`;
const failedOf = (size: number) => `${size} at once, failed`;
const daemonsOf = (size: number) => `${size} at once, daemons`;

/** Many commands at once, and no daemon. */
export const herd: Part = {
  name: "herd",
  about: "commands at once where no daemon runs, until the last one has ended",
  rounds: 3,
  goals: SIZES.flatMap((size): Goal[] => [
    ...size === 2 ? [] : [{
      work: timeOf(size),
      per: `floor: ${FLOOR}`,
      is: "at most" as const,
      limit: 1.3,
    }],
    { work: failedOf(size), is: "at most", limit: 0 },
    { work: daemonsOf(size), is: "at most", limit: 1 },
  ]),
  async measure(bench) {
    const floor = floorCommand(FLOOR, "line.ts");
    const ours = counters(bench, 1).filter(({ name }) =>
      !name.includes("node 24")
    );
    const works: Work[] = [];
    for (const size of bench.smoke ? [2] : SIZES) {
      const samples = await interleave(
        { ...bench, warmUp: false },
        [floor, ...ours],
        (command) => runHerd(bench, command, size, command === floor),
      );
      works.push(
        { ...LESS, name: timeOf(size), samples: samples.time },
        { ...COUNT, name: failedOf(size), samples: worst(samples.failed) },
        { ...COUNT, name: daemonsOf(size), samples: worst(samples.daemons) },
      );
    }
    return { works };
  },
};

const LESS = { unit: "ms", better: "less" } as const;
const COUNT = { unit: "processes", better: "less" } as const;

async function runHerd(
  bench: Bench,
  command: Command,
  size: number,
  isFloor: boolean,
): Promise<Record<string, number>> {
  await endDaemon(bench, command);
  const start = performance.now();
  const runs = await Promise.allSettled(
    Array.from({ length: size }, () => runCommand(bench, command, TIMEOUT)),
  );
  const time = performance.now() - start;
  if (isFloor) return { time };
  const answers = runs.flatMap((run) =>
    run.status === "fulfilled" ? [Number(run.value.output)] : []
  );
  const failure = runs.find(({ status }) => status === "rejected");
  if (bench.yard.ended) throw new Error("Cannot measure: it was interrupted");
  if (failure && command.name === AUTOD) console.error(failure);
  // The first answer of each daemon is 1; some may not have been asked.
  const daemons = Math.max(
    answers.filter((answer) => answer === 1).length,
    bench.yard.processes(command.name).length,
  );
  return { time, failed: size - answers.length, daemons };
}

// A daemon too many in one round of ten is one too many.
function worst(samples: Samples): Samples {
  return Object.fromEntries(
    Object.entries(samples).map(([name, counts]) => [
      name,
      [Math.max(...counts.map((count) => count ?? 0))],
    ]),
  );
}
