import { assertEquals } from "@std/assert";
import { atRest } from "../testing/at_rest.ts";
import { Sandbox } from "../testing/sandbox.ts";
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

Deno.test("Watch looks now and then although nobody touches the file", async () => {
  await using box = new Sandbox();
  using waits = new Waits();
  let looks = 0;
  using _watch = new Watch(box.write("lock", ""), () => void looks++, () => {});
  await atRest();
  assertEquals([looks, waits.left], [1, [5000]]);
});
