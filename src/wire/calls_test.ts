import { assertEquals } from "@std/assert";
import { Call } from "./call.ts";
import { Calls } from "./calls.ts";
import type { Id } from "./message.ts";

function add(calls: Calls, id: Id | undefined): [Call, unknown] {
  const call = new Call(id);
  return [call, calls.add(call)];
}

Deno.test("Calls has those under way in the order in which they began", () => {
  const calls = new Calls();
  for (let id = 0; id < 30; id++) calls.delete(add(calls, id)[1]);
  const ids = [30, 31, "a", 32, undefined, 33, 30, 2 ** 40, 34, 35, 36];
  const added = ids.map((id) => add(calls, id));
  assertEquals([...calls], added.map(([call]) => call));
  assertEquals(calls.size, ids.length);
});

Deno.test("Calls cancels all that have an id, and no other", () => {
  const calls = new Calls();
  const added = [1, 2, 1, "1", undefined, 1].map((id) => add(calls, id));
  calls.delete(added[0][1]);
  calls.cancel(1, "enough");
  calls.cancel(undefined, "never");
  assertEquals(added.map(([call]) => call.aborted), [
    false,
    false,
    true,
    false,
    false,
    true,
  ]);
  for (const [, key] of added) calls.delete(key);
  assertEquals(calls.size, 0);
});

Deno.test("Calls does not cancel the one that was deleted of those that have an id", () => {
  for (const deleted of [0, 1, 2]) {
    const calls = new Calls();
    const added = [1, 1, 1].map((id) => add(calls, id));
    calls.delete(added[deleted][1]);
    calls.cancel(1, "enough");
    const cancelled = added.map(([call]) => call.aborted);
    assertEquals(cancelled, [0, 1, 2].map((at) => at !== deleted));
  }
});
