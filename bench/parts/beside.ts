import { interleave } from "../bench.ts";
import { contenders } from "../contender.ts";
import type { Goal } from "../goal.ts";
import type { Part } from "../part.ts";
import { type Member, Team } from "../team.ts";

const CALLS = 300;
/** After how long a call counts as one that is never answered, in milliseconds. */
const PATIENCE = 1000;

const STREAMS = [
  { job: "unread", name: "a stream that nobody reads" },
  { job: "flowing", name: "a stream at full speed" },
];
const alone = (name: string) => `${name}: before it`;
const during = (name: string) => `${name}: beside it`;
const slowest = (name: string) => `${name}: the slowest`;

/** Calls beside streams of the same command. */
export const beside: Part = {
  name: "beside",
  about:
    "the median and the slowest of 300 calls one after another, beside a stream of the same command (1,000 ms: never answered)",
  rounds: 5,
  goals: STREAMS.flatMap(({ name }): Goal[] => [
    { work: slowest(name), is: "at most", limit: 10 },
    { work: during(name), perWork: alone(name), is: "at most", limit: 3 },
  ]),
  async measure(bench) {
    const calls = bench.smoke ? 10 : CALLS;
    await using team = await Team.start(
      bench,
      contenders(bench, "auto-daemon"),
    );
    const all = await interleave(
      { ...bench, warmUp: false },
      team.members,
      (member) => measureBeside(member, calls),
    );
    const works = Object.entries(all).map(([name, samples]) => ({
      name,
      unit: "ms" as const,
      better: "less" as const,
      samples,
    }));
    return { works };
  },
};

interface Latency {
  readonly median: number;
  readonly most: number;
}

async function measureBeside(
  member: Member,
  calls: number,
): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const { job, name } of STREAMS) {
    // Another connection for each: one that hangs hangs for ever.
    await using worker = await member.startWorker();
    const times = await worker.do<{ alone: Latency; beside: Latency }>(
      "latencies",
      { beside: job, calls, patience: PATIENCE },
    );
    figures[alone(name)] = times.alone.median;
    figures[during(name)] = times.beside.median;
    figures[slowest(name)] = times.beside.most;
  }
  return figures;
}
