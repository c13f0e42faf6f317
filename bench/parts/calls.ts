import { interleave } from "../bench.ts";
import { contenders, RAW } from "../contender.ts";
import { BEST_PEER } from "../goal.ts";
import type { Part } from "../part.ts";
import type { Work } from "../results.ts";
import { Team } from "../team.ts";

const MS = 150;
const WARM_UP_MS = 600;
const FLIGHTS = [1, 16, 256];
const BURST = 4096;

/** Who serves calls. */
export const PEERS = [
  "auto-daemon",
  "birpc",
  "json-rpc-2.0",
  "vscode-jsonrpc",
  "capnweb",
];

const ONE = "one after another";
const CPU = "CPU a call, 256 in flight";
const BURSTS = "bursts of 4,096";
const inFlight = (window: number) => window === 1 ? ONE : `${window} in flight`;

/** Calls on one connection. */
export const calls: Part = {
  name: "calls",
  about: "calls of `sum(i, 2)` on one connection, each answer checked",
  rounds: 5,
  goals: [
    { work: ONE, per: RAW.name, is: "at least", limit: 0.75 },
    { work: ONE, per: "auto-daemon", is: "at least", limit: 2.5 },
    { work: inFlight(16), per: "auto-daemon", is: "at least", limit: 2.2 },
    { work: inFlight(16), per: BEST_PEER, is: "at least", limit: 1.3 },
    { work: inFlight(256), per: "auto-daemon", is: "at least", limit: 5 },
    { work: inFlight(256), per: BEST_PEER, is: "at least", limit: 3, aim: 4 },
    { work: CPU, per: BEST_PEER, is: "at most", limit: 0.2 },
    { work: BURSTS, per: "auto-daemon", is: "at least", limit: 8 },
    { work: BURSTS, per: BEST_PEER, is: "at least", limit: 4.5 },
  ],
  async measure(bench) {
    const ms = bench.smoke ? 10 : MS;
    const all = contenders(bench, ...PEERS);
    await using team = await Team.start(bench, [RAW, ...all]);
    for (const { name, worker } of team.members) {
      const window = name === RAW.name ? 1 : 256; // it knows no calls
      await worker.do("sums", { window, ms: bench.smoke ? 1 : WARM_UP_MS });
    }
    const works: Work[] = [];
    for (const window of FLIGHTS) {
      const some = team.members.filter(({ name }) =>
        window === 1 || name !== RAW.name
      );
      const { rate, cpu } = await interleave(
        bench,
        some,
        (member) => member.rate("sums", { window, ms }),
      );
      works.push({ ...RATE, name: inFlight(window), samples: rate });
      if (window !== 256) continue;
      works.push({
        name: CPU,
        unit: "µs CPU a call",
        better: "less",
        samples: cpu,
      });
    }
    const some = team.members.filter(({ name }) => name !== RAW.name);
    const { rate } = await interleave(
      bench,
      some,
      (member) => member.rate("bursts", { count: BURST, ms }),
    );
    works.push({ ...RATE, name: BURSTS, samples: rate });
    return { works };
  },
};

const RATE = { unit: "calls/s", better: "more" } as const;
