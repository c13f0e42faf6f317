import { assertEquals } from "@std/assert";
import { median, ratio } from "./measure.ts";

Deno.test("median() is the value in the middle, and leaves out rounds that failed", () => {
  assertEquals(median([9, 1, 2]), 2);
  assertEquals(median([1, 2, 4, 100]), 3);
  assertEquals(median([null, 5, null]), 5);
  assertEquals(median([]), NaN);
});

Deno.test("ratio() compares what was measured in the same round", () => {
  // Not 2, which is what the medians make.
  const samples = { ours: [1, 10, 10, 1], theirs: [2, 20, 5, null] };
  assertEquals(ratio(samples, "ours", "theirs"), 0.5);
  assertEquals(ratio(samples, "ours", "nobody"), NaN);
});
