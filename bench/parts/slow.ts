import { type Bench, interleave } from "../bench.ts";
import { type Contender, contenders, RAW } from "../contender.ts";
import type { Goal } from "../goal.ts";
import type { Part } from "../part.ts";
import { forgetPeak, peak, resident } from "../proc.ts";
import { Member } from "../team.ts";

const KIB = 1024;
/** What is offered, and how slowly it is taken: 13 MB/s, in bytes and milliseconds. */
const OFFER = {
  size: 64 * KIB,
  total: 512 * KIB * KIB,
  piece: 256 * KIB,
  pause: 20,
};
const MS = 2500;

const WAYS = [
  { name: "slow reader", job: "slowDownload", way: "down" },
  { name: "slow BYOB reader", job: "slowDownload", way: "byob" },
  { name: "slow daemon", job: "slowUpload", way: undefined },
];
const SIDES = ["client", "daemon"] as const;
const nameOf = (name: string, side: string) => `${name}: the ${side}`;

/** What a slow reader costs. */
export const slow: Part = {
  name: "slow",
  about:
    "by how much each process grows at most in 2.5 seconds of a stream of 512 MiB whose other end takes 13 MB/s, above what it had before it",
  rounds: 2,
  goals: WAYS.flatMap(({ name }) =>
    SIDES.map((side): Goal => ({
      work: nameOf(name, side),
      is: "at most",
      limit: 24,
    }))
  ),
  async measure(bench) {
    const works = [];
    for (const way of WAYS) {
      const some = contenders({ ...bench, node24: undefined }, "auto-daemon")
        .filter(({ name }) => way.way !== "byob" || name !== "auto-daemon");
      const all = way.job === "slowUpload" ? some : [...some, RAW];
      const samples = await interleave(
        { ...bench, warmUp: false },
        all,
        (contender) => measureGrowth(bench, contender, way),
      );
      for (const side of SIDES) {
        works.push({
          name: nameOf(way.name, side),
          unit: "MiB" as const,
          better: "less" as const,
          samples: samples[side],
        });
      }
    }
    return { works };
  },
};

async function measureGrowth(
  bench: Bench,
  contender: Contender,
  { job, way }: typeof WAYS[number],
): Promise<Record<typeof SIDES[number], number>> {
  // New processes each time: memory that was taken before would hide growth.
  await using member = await Member.start(bench, contender);
  const { worker, serverPid } = member;
  // What the first call and the first stream load is no growth.
  await worker.do("sums", { window: 1, ms: 10 });
  await worker.do("download", { size: OFFER.size, total: OFFER.size });
  const pids = { client: worker.pid, daemon: serverPid };
  const before = { client: resident(pids.client), daemon: resident(serverPid) };
  for (const pid of Object.values(pids)) forgetPeak(pid);
  await worker.do(job, { ...OFFER, way, ms: bench.smoke ? 50 : MS });
  return {
    client: (peak(pids.client) - before.client) / 1024,
    daemon: (peak(pids.daemon) - before.daemon) / 1024,
  };
}
