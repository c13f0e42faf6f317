import { assertEquals } from "@std/assert";
import { atRest } from "../testing/at_rest.ts";
import { Waits } from "../testing/waits.ts";
import { Watch } from "./watch.ts";

Deno.test("Watch waits for no further look once it is disposed of, where the system has no watcher", async () => {
  using waits = new Waits();
  const { watchFs } = Deno;
  using _restored = { [Symbol.dispose]: () => Deno.watchFs = watchFs };
  Deno.watchFs = () => {
    throw new Error("Too many open files");
  };
  const watch = new Watch("/nowhere", () => {}, () => {});
  await atRest();
  assertEquals(waits.left, [1000]);
  watch[Symbol.dispose]();
  assertEquals(waits.left, []);
});
