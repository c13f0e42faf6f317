import { assert, assertEquals } from "@std/assert";
import { judgeGrowth } from "./growth_verdict.ts";
import type { Series } from "./results.ts";

function series(may: Series["may"], points: Series["points"]): Series {
  return { name: "", grows: "calls", unit: "ms", may, points };
}

Deno.test("judgeGrowth() finds the steepest power of what may grow", () => {
  const linear = judgeGrowth(series("grow", [[1, 5], [10, 20], [100, 200]]));
  assertEquals(linear.factor.toFixed(6), "1.000000");
  assert(linear.reached);
  const squared = judgeGrowth(series("grow", [[1, 1], [10, 100], [100, 101]]));
  assertEquals(squared.factor.toFixed(6), "2.000000");
  assert(!squared.reached);
});

Deno.test("judgeGrowth() compares the last with the first of what has to stay", () => {
  assertEquals(judgeGrowth(series("stay", [[1, 40], [9, 60], [99, 44]])), {
    factor: 1.1,
    reached: true,
  });
  assert(!judgeGrowth(series("stay", [[1, 40], [99, 60]])).reached);
});
