import { assertEquals } from "@std/assert";
import { inTime } from "../testing/deadline.ts";
import { Latch } from "./latch.ts";

Deno.test("Latch resolves what was waited for before it happened, and after", async () => {
  const latch = new Latch();
  const order: string[] = [];
  const before = latch.promise.then(() => order.push("told"));
  order.push("not yet");
  latch.open();
  await inTime(before, "what was waited for before");
  assertEquals(order, ["not yet", "told"]);
  await inTime(latch.promise, "what is waited for after");
});

Deno.test("Latch resolves what is first waited for after it happened", async () => {
  const latch = new Latch();
  latch.open();
  latch.open();
  await inTime(latch.promise, "what has happened");
});
