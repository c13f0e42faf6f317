import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { Random } from "../src/testing/random.ts";
import { parseOptions } from "./options.ts";
import { type Target, TARGETS } from "./targets.ts";
import { TRIAL_NAMES, TRIALS } from "./trials.ts";

/** Feeds so many inputs, none of which may find anything. */
async function assertNothing(target: Target, inputs: number): Promise<void> {
  const found: unknown[] = [];
  const onFinding = found.push.bind(found);
  const { signal } = new AbortController();
  const feed = { seed: 1, first: 0, inputs, onFinding, signal };
  const summary = await TARGETS[target](feed);
  assertEquals(found, []);
  assertEquals(summary.failures, []);
  assertEquals(summary.done, inputs);
}

for (const target of TRIAL_NAMES) {
  Deno.test(`The fuzzer finds nothing in ${target}`, async () => {
    await assertNothing(target, 300);
  });
}

Deno.test("A session answers on, whatever it was sent before", async () => {
  await assertNothing("one connection", 300);
});

Deno.test("A daemon answers an honest client whatever others send", async () => {
  await assertNothing("daemon", 200);
});

Deno.test("autod() uses a false daemon, or rejects with an error of its own", async () => {
  await assertNothing("hellos", 100);
});

Deno.test("Server shuts down whatever else is said", async () => {
  await assertNothing("shutdowns", 10);
});

Deno.test("The fuzzer stops when it is aborted", async () => {
  const feed = {
    seed: 1,
    first: 0,
    inputs: 1000,
    onFinding: () => {},
    signal: AbortSignal.abort(),
  };
  assertEquals((await TARGETS.all(feed)).done, 0);
});

Deno.test("The fuzzer's inputs are the same by the same seed and number", async () => {
  for (const name of TRIAL_NAMES) {
    const fed = async (...seeds: number[]) => {
      return (await TRIALS[name].trial(new Random(...seeds))).fed;
    };
    for (let number = 0; number < 50; number++) {
      assertEquals(await fed(1, number), await fed(1, number));
    }
    assertNotEquals(await fed(1, 2), await fed(1, 3));
    assertNotEquals(await fed(1, 2), await fed(2, 2));
  }
});

Deno.test("TRIALS share all inputs", () => {
  const shares = Object.values(TRIALS).map(({ share }) => share as number);
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
