import { Random } from "../src/testing/random.ts";
import type { Duplex } from "../src/wire/duplex.ts";
import { writeAll } from "../src/wire/line_writer.ts";
import { hangUp } from "./feed.ts";
import { type Feed, Feeder, type Summary } from "./feeder.ts";
import { checkHeap, tellHeap, usedHeap } from "./heap.ts";
import { mutateLines, toBytes } from "./mutate.ts";
import { conversation } from "./requests.ts";
import { rest, tick } from "./tick.ts";
import { World } from "./world.ts";

/** Lines of which a connection has to hold something, or to end. */
const LASTING = /"(never|close|destroy|\$\/shutdown)"|.{4000}/s;

/** What is asked each time: a stream's request that is none, in the session of another. */
const ELSEWHERE = '{"jsonrpc":"2.0","id":9,"method":"echo","session":"fuzz/1"}';

/** Feeds all inputs over one connection that stays open: what it held of them would add up. */
export async function runLong(feed: Feed): Promise<Summary> {
  const { seed, inputs, signal } = feed;
  using world = new World(new Random(seed));
  const owner = world.connect({});
  const duplex = world.connect({ capacity: 1024 * 1024 });
  const over = new AbortController();
  drop(duplex).finally(() => over.abort());
  await writeAll(duplex, toBytes(['{"jsonrpc":"2.0","id":0,"method":"echo"}']));
  const talk = { sessions: ["fuzz/1", "fuzz/2"], ends: false };
  using feeder = new Feeder(
    { ...feed, signal: AbortSignal.any([signal, over.signal]) },
    () => "one connection",
    async (number) => {
      const random = new Random(seed, number, 1);
      const lines = mutateLines(random, conversation(random, talk))
        .filter((line) => !LASTING.test(line));
      await writeAll(duplex, toBytes([...lines, ELSEWHERE, ELSEWHERE]));
      await tick();
      const failures = over.signal.aborted ? ["the connection has ended"] : [];
      return { failures, fed: lines.join("\n") };
    },
  );
  await feeder.feedUpTo(inputs >> 2);
  const before = await usedHeap();
  await feeder.feedUpTo(inputs);
  const isIdle = await rest(() => world.sessions.calls === 0);
  const after = await usedHeap();
  const failures = checkHeap(before, after);
  if (!isIdle) failures.push(`${world.sessions.calls} calls are left`);
  for (const one of [duplex, owner]) hangUp(one);
  failures.push(...await world.end());
  const { done, found } = feeder;
  return { done, found, failures, told: tellHeap(before, after) };
}

/** Reads what comes until it ends, and keeps nothing of it. */
async function drop(duplex: Duplex): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    while (await duplex.read(buffer) !== null);
  } catch {
    // It was closed here.
  }
}
