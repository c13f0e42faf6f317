import { type Bench, interleave } from "../bench.ts";
import { contenders, onNode24, RAW } from "../contender.ts";
import type { Goal } from "../goal.ts";
import type { Part } from "../part.ts";
import type { Work } from "../results.ts";
import { type Member, Team } from "../team.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

interface StreamWork {
  readonly name: string;
  readonly job: string;
  readonly options: Record<string, number | string>;
  /** What is moved, in MB or objects. */
  readonly amount: number;
  readonly contenders: readonly ("raw" | "auto-daemon")[];
  readonly goals: readonly Omit<Goal, "work" | "is">[];
}

const WORKS: readonly StreamWork[] = [
  bytesWork("down", 64, 256),
  bytesWork("up", 64, 256),
  bytesWork("down", 4, 64),
  bytesWork("up", 4, 64),
  {
    name: "down, BYOB reader, 64 KiB chunks",
    job: "download",
    options: { way: "byob", size: 64 * KIB, total: 256 * MIB },
    amount: 256 * MIB / 1e6,
    contenders: ["raw"],
    goals: [{ per: RAW.name, limit: 0.6 }],
  },
  {
    name: "objects",
    job: "objects",
    options: { count: 200_000 },
    amount: 200_000,
    contenders: ["auto-daemon"],
    goals: [{ per: "auto-daemon", limit: 5, aim: 7 }],
  },
];

/** Streams of bytes and objects. */
export const streams: Part = {
  name: "streams",
  about:
    "one stream of bytes (256 MiB, of 4 KiB chunks 64 MiB) or of 200,000 objects, read or written by a process that has just started; warm: the same once more in that process",
  rounds: 5,
  goals: WORKS.flatMap(({ name, goals }) =>
    goals.map((goal): Goal => ({ work: name, is: "at least", ...goal }))
  ),
  async measure(bench) {
    await using team = await Team.start(bench, [
      RAW,
      ...contenders(bench, "auto-daemon"),
    ]);
    const works: Work[] = [];
    for (const work of WORKS) {
      const some = team.members.filter(({ name }) =>
        (name !== RAW.name || work.contenders.includes("raw")) &&
        (!name.startsWith("auto-daemon") ||
          work.contenders.includes("auto-daemon"))
      );
      const rates = await interleave(
        bench,
        some,
        (member) => measureStream(bench, member, work),
      );
      for (const [state, samples] of Object.entries(rates)) {
        works.push({
          name: state === "cold" ? work.name : `${work.name}, warm`,
          unit: work.job === "objects" ? "objects/s" : "MB/s",
          better: "more",
          samples,
        });
      }
    }
    return { works };
  },
};

/** The rates of the first stream of a process, and of the next. */
async function measureStream(
  { smoke }: Bench,
  member: Member,
  { job, options, amount }: StreamWork,
): Promise<{ cold: number; warm: number }> {
  await using worker = await member.startWorker();
  const part = smoke ? 1 / 64 : 1;
  const { total, count } = options;
  const rate = async () => {
    const { seconds } = await worker.do(job, {
      ...options,
      ...(total && { total: Number(total) * part }),
      ...(count && { count: Number(count) * part }),
    });
    return amount * part / seconds;
  };
  return { cold: await rate(), warm: await rate() };
}

function bytesWork(
  way: "down" | "up",
  kib: number,
  mib: number,
): StreamWork {
  const limits: StreamWork["goals"] = kib === 64
    ? [
      { per: "auto-daemon", limit: 2.4, aim: 3 },
      { per: onNode24("auto-daemon"), limit: 1.5 },
    ]
    : [{ per: "auto-daemon", limit: 2 }];
  return {
    name: `${way}, ${kib} KiB chunks`,
    job: way === "down" ? "download" : "upload",
    options: { size: kib * KIB, total: mib * MIB },
    amount: mib * MIB / 1e6,
    contenders: ["raw", "auto-daemon"],
    goals: limits,
  };
}
