import { join } from "@std/path";
import { type Bench, interleave } from "../bench.ts";
import {
  type Command,
  counters,
  floorCommand,
  runCommand,
} from "../command.ts";
import type { Part } from "../part.ts";

const WORK = "cold start, first answer";
const FLOOR = "two deno run, one after the other";

/** A command that has to start its daemon. */
export const cold: Part = {
  name: "cold",
  about: "`add 2` where no daemon runs, until its answer comes",
  rounds: 15,
  goals: [
    {
      work: WORK,
      per: `floor: ${FLOOR}`,
      is: "at most",
      limit: 1.15,
      aim: 1.08,
    },
    { work: WORK, per: "auto-daemon", is: "at most", limit: 0.42 },
  ],
  async measure(bench) {
    const floor = floorCommand(FLOOR, "line.ts");
    const all = [floor, ...counters(bench, 2)];
    const samples = await interleave(bench, all, async (command) => {
      const time = command === floor
        ? await runTwice(bench, floor)
        : await runCold(bench, command);
      return { [WORK]: time };
    });
    return {
      works: [
        { name: WORK, unit: "ms", better: "less", samples: samples[WORK] },
      ],
    };
  },
};

async function runTwice(bench: Bench, command: Command): Promise<number> {
  const { whole } = await runCommand(bench, command);
  return whole + (await runCommand(bench, command)).first;
}

async function runCold(bench: Bench, command: Command): Promise<number> {
  await endDaemon(bench, command);
  const { first, output } = await runCommand(bench, command);
  if (output !== "2\n") throw new Error(`it said ${output}`);
  return first;
}

/** Ends the daemon of a command, and removes what it leaves. */
export async function endDaemon(
  { yard }: Bench,
  { name, leftover }: Command,
): Promise<void> {
  await yard.stop(name);
  if (leftover === undefined) return;
  await Deno.remove(join(yard.folder(name), leftover)).catch(() => {});
}
