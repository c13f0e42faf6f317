import { interleave } from "../bench.ts";
import { contenders } from "../contender.ts";
import { BEST_PEER } from "../goal.ts";
import type { Part } from "../part.ts";
import type { Work } from "../results.ts";
import { Team } from "../team.ts";
import { PEERS } from "./calls.ts";

const MS = 200;
const WARM_UP_MS = 400;
const SIZES = [
  { name: "1 KiB", bytes: 1024, window: 16, limit: 1.25 },
  { name: "64 KiB", bytes: 64 * 1024, window: 4, limit: 1.1 },
  { name: "1 MiB", bytes: 1024 * 1024, window: 2, limit: 1.9 },
];

/** Larger messages. */
export const sizes: Part = {
  name: "sizes",
  about:
    "structured JSON echoed on one connection (16, 4 and 2 calls in flight)",
  rounds: 5,
  goals: SIZES.map(({ name, limit }) => ({
    work: name,
    per: BEST_PEER,
    is: "at least",
    limit,
  })),
  async measure(bench) {
    const { smoke } = bench;
    const ms = smoke ? 1 : MS;
    await using team = await Team.start(
      bench,
      contenders(bench, ...smoke ? ["birpc"] : PEERS),
    );
    const works: Work[] = [];
    const warmUp = { bytes: 1024, window: 16, ms: smoke ? 1 : WARM_UP_MS };
    for (const { worker } of team.members) await worker.do("echoes", warmUp);
    for (const { name, bytes, window } of SIZES) {
      const { rate } = await interleave(
        bench,
        team.members,
        (member) => member.rate("echoes", { bytes, window, ms }),
      );
      works.push({ name, unit: "calls/s", better: "more", samples: rate });
    }
    return { works };
  },
};
