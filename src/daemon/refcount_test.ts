import { assertEquals } from "@std/assert";
import { Refcount } from "./refcount.ts";
import { Timers } from "../testing/timers.ts";

Deno.test("Refcount waits by a timer that leaves no memory behind when a hold is released", () => {
  using timers = new Timers();
  const refcount = new Refcount(() => {});
  refcount.start(1);
  const lengths = [];
  for (let clients = 0; clients < 2; clients++) {
    const hold = refcount.hold();
    lengths.push(timers.length);
    hold[Symbol.dispose]();
    lengths.push(timers.length);
  }
  refcount.stop();
  assertEquals(lengths, [0, 1, 0, 1]);
  assertEquals(timers.length, 0);
});
