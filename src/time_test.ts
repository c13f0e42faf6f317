import { inTime } from "./testing/deadline.ts";
import { startTimer } from "./time.ts";

Deno.test("startTimer() is over at once if its time has passed already", async () => {
  const over = Promise.withResolvers<void>();
  using _timer = startTimer(-1, over.resolve);
  await inTime(over.promise, "the end of the time");
});
