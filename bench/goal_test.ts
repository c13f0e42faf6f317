import { assertEquals } from "@std/assert";
import { BEST_PEER, bestPeer, type Goal, judge } from "./goal.ts";
import type { Work } from "./results.ts";

const calls: Work = {
  name: "calls",
  unit: "calls/s",
  better: "more",
  samples: {
    "autod": [90, 100, 110],
    "autod (another way)": [999, 999, 999],
    "floor: raw socket": [500, 500, 500],
    "slow peer": [10, 10, 10],
    "fast peer": [50, 50, 50],
  },
};
const time: Work = {
  ...calls,
  name: "time",
  unit: "ms",
  better: "less",
};
const goal: Goal = { work: "calls", is: "at least", limit: 2 };

Deno.test("bestPeer() is the peer that does best, and no floor", () => {
  assertEquals(bestPeer(calls), "fast peer");
  assertEquals(bestPeer(time), "slow peer");
});

Deno.test("judge() compares with the best peer, and says which one that is", () => {
  const verdict = judge({ ...goal, per: BEST_PEER }, [calls]);
  assertEquals(verdict?.figure, 2);
  assertEquals(verdict?.reached, true);
  assertEquals(verdict?.per, "fast peer");
});

Deno.test("judge() says that a goal is missed", () => {
  const missed = { ...goal, per: "floor: raw socket" };
  assertEquals(judge(missed, [calls])?.reached, false);
  assertEquals(judge({ ...goal, is: "at most" }, [calls])?.reached, false);
});

Deno.test("judge() takes a figure as it is, or in that of another work", () => {
  assertEquals(judge(goal, [calls])?.figure, 100);
  const inTime: Goal = { ...goal, perWork: "time" };
  assertEquals(judge(inTime, [calls, time])?.figure, 1);
});

Deno.test("judge() leaves out what was not measured", () => {
  assertEquals(judge({ ...goal, work: "nothing" }, [calls]), undefined);
  assertEquals(judge({ ...goal, per: "nobody" }, [calls]), undefined);
});
