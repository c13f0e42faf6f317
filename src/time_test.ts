import { assertEquals, assertRejects } from "@std/assert";
import { runDeno } from "./testing/command.ts";
import { inTime } from "./testing/deadline.ts";
import { startTimer, untilAborted } from "./time.ts";

const MODULE = JSON.stringify(import.meta.resolve("./time.ts"));

Deno.test("startTimer() is over at once if its time has passed already", async () => {
  const over = Promise.withResolvers<void>();
  using _timer = startTimer(-1, over.resolve);
  await inTime(over.promise, "the end of the time");
});

Deno.test("pause() keeps the process alive until it is over, without setTimeout", async () => {
  const code = `import { pause } from ${MODULE};
globalThis.setTimeout = () => console.log("setTimeout");
await pause(1);
console.log("over");`;
  const { stdout, stderr } = await runDeno(["eval", code]);
  assertEquals(stdout, "over\n", stderr);
});

Deno.test("keepAlive() lets the process end once it is disposed of", async () => {
  const code = `import { keepAlive, startTimer } from ${MODULE};
const alive = keepAlive();
startTimer(1, () => {
  console.log("released");
  alive[Symbol.dispose]();
});`;
  const { code: exit, stdout, stderr } = await runDeno(["eval", code]);
  assertEquals([exit, stdout], [0, "released\n"], stderr);
});

Deno.test("untilAborted() hides what comes of a promise that it does not wait for", async () => {
  const reason = new Error("Enough");
  const failed = Promise.reject(new Error("Nobody hears this"));
  const error = await assertRejects(
    () => untilAborted(failed, AbortSignal.abort(reason)),
    Error,
    "Enough",
  );
  assertEquals(error, reason);
});
