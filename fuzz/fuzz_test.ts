import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { Random } from "../src/testing/random.ts";
import { runDaemon } from "./daemon_run.ts";
import type { Feed, Summary } from "./finding.ts";
import { runLong } from "./long_run.ts";
import { parseOptions } from "./options.ts";
import { run } from "./run.ts";
import { runSocket } from "./socket_run.ts";
import { TARGET_NAMES, TARGETS } from "./targets.ts";

const { signal } = new AbortController();

/** Feeds so many inputs, none of which may find anything. */
async function assertNothing(
  inputs: number,
  run: (feed: Feed) => Promise<Summary>,
): Promise<void> {
  const found: unknown[] = [];
  const onFinding = found.push.bind(found);
  const summary = await run({ seed: 1, first: 0, inputs, onFinding });
  assertEquals(found, []);
  assertEquals(summary.failures, []);
  assertEquals(summary.done, inputs);
}

for (const target of TARGET_NAMES) {
  Deno.test(`The fuzzer finds nothing in ${target}`, async () => {
    await assertNothing(300, (feed) => run(feed, signal, target));
  });
}

Deno.test("A session answers on, whatever it was sent before", async () => {
  await assertNothing(300, (feed) => runLong(feed, signal));
});

Deno.test("A daemon answers an honest client whatever others send", async () => {
  await assertNothing(200, (feed) => runDaemon(feed, signal));
});

Deno.test("autod() uses a false daemon, or rejects with an error of its own", async () => {
  await assertNothing(100, (feed) => runSocket("hellos", feed, signal));
});

Deno.test("Server shuts down whatever else is said", async () => {
  await assertNothing(10, (feed) => runSocket("shutdowns", feed, signal));
});

Deno.test("run() stops when it is aborted", async () => {
  const controller = new AbortController();
  controller.abort();
  const feed = { seed: 1, first: 0, inputs: 1000, onFinding: () => {} };
  assertEquals((await run(feed, controller.signal)).done, 0);
});

Deno.test("The fuzzer's inputs are the same by the same seed and number", async () => {
  for (const target of TARGET_NAMES) {
    const fed = async (...seeds: number[]) => {
      return (await TARGETS[target].trial(new Random(...seeds))).fed;
    };
    assertEquals(await fed(1, 2), await fed(1, 2));
    assertNotEquals(await fed(1, 2), await fed(1, 3));
    assertNotEquals(await fed(1, 2), await fed(2, 2));
  }
});

Deno.test("TARGETS share all inputs", () => {
  const shares = Object.values(TARGETS).map(({ share }) => share as number);
  assertEquals(shares.reduce((sum, share) => sum + share), 100);
});

Deno.test("parseOptions() refuses what it does not know", () => {
  assertEquals(parseOptions(["--help"]), undefined);
  const options = parseOptions(["--seed", "7", "--only", "client streams"]);
  assertEquals([options?.seed, options?.only], [7, "client streams"]);
  assert(Number(options?.inputs) > 0);
  const wrong = [["--seed", "x"], ["--only", "nothing"], ["--no"], ["word"]];
  for (const args of wrong) assertThrows(() => parseOptions(args), TypeError);
});
