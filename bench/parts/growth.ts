import type { Bench } from "../bench.ts";
import { type Contender, contenders } from "../contender.ts";
import { measureCalls } from "../growth/calls.ts";
import { measureCommands } from "../growth/commands.ts";
import { measureConnections } from "../growth/connections.ts";
import { measureLog } from "../growth/log.ts";
import { measureStreams } from "../growth/streams.ts";
import type { Part } from "../part.ts";
import type { Series } from "../results.ts";
import { Member } from "../team.ts";

/** How this library's figures move as there is more of everything. */
export const growth: Part = {
  name: "growth",
  about:
    "how figures of autod alone move as there is more of everything; nothing may grow more than in proportion",
  rounds: 1,
  goals: [],
  async measure(bench) {
    const [ours] = contenders(bench);
    const series: Series[] = [];
    // Each with a daemon of its own, but for the last.
    for (
      const measure of [
        measureConnections,
        measureStreams,
        measureCalls,
        measureCommands,
      ]
    ) {
      series.push(...await withMember(bench, ours, measure));
    }
    return { series: [...series, ...await measureLog(bench)] };
  },
};

async function withMember(
  bench: Bench,
  contender: Contender,
  measure: (bench: Bench, member: Member) => Promise<Series[]>,
): Promise<Series[]> {
  await using member = await Member.start(bench, contender);
  return await measure(bench, member);
}
