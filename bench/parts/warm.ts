import { interleave } from "../bench.ts";
import {
  counterByHand,
  counters,
  floorCommand,
  parsingCounter,
  runCommand,
} from "../command.ts";
import type { Part } from "../part.ts";

const WORK = "warm command";
const ADD = 2;

/** A command whose daemon runs. */
export const warm: Part = {
  name: "warm",
  about: "a whole command, `add 2`, whose daemon runs already",
  rounds: 25,
  goals: [
    {
      work: WORK,
      per: "floor: deno run of an empty file",
      is: "at most",
      limit: 1.15,
      aim: 1.1,
    },
    { work: WORK, per: "auto-daemon", is: "at most", limit: 0.4 },
  ],
  async measure(bench) {
    const floor = floorCommand("deno run of an empty file", "empty.ts");
    const { byHand, starter } = counterByHand(bench, ADD);
    const own = [...counters(bench, ADD), parsingCounter(bench, ADD)];
    for (const command of [starter, ...own]) await runCommand(bench, command);
    const commands = [byHand, ...own];
    const sums = new Map(commands.map(({ name }) => [name, ADD]));
    const all = [floor, ...commands];
    const samples = await interleave(bench, all, async (command) => {
      const { whole, output } = await runCommand(bench, command);
      const sum = sums.get(command.name);
      if (sum !== undefined) {
        // It must be the daemon that answered before.
        if (Number(output) !== sum + ADD) throw new Error(`it said ${output}`);
        sums.set(command.name, sum + ADD);
      }
      return { [WORK]: whole };
    });
    return {
      works: [
        { name: WORK, unit: "ms", better: "less", samples: samples[WORK] },
      ],
    };
  },
};
