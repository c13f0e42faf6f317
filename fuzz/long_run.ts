import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Random } from "../src/testing/random.ts";
import type { Duplex } from "../src/wire/duplex.ts";
import { writeAll } from "../src/wire/line_writer.ts";
import { hangUp } from "./feed.ts";
import { type Feed, Feeder, type Summary } from "./feeder.ts";
import { checkHeap, tellHeap, usedHeap } from "./heap.ts";
import { mutateLines, toBytes } from "./mutate.ts";
import { conversation, requestText } from "./requests.ts";
import { rest } from "./tick.ts";
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
  let answer = "";
  follow(duplex, (line) => {
    if (line.includes('"input ')) answer = line;
  }).finally(() => over.abort());
  const ask = (id: string) => requestText({ id, method: '"echo"' });
  await writeAll(duplex, toBytes([ask("0")]));
  const talk = { sessions: ["fuzz/1", "fuzz/2"], ends: false };
  using feeder = new Feeder(
    { ...feed, signal: AbortSignal.any([signal, over.signal]) },
    () => "one connection",
    async (number) => {
      const random = new Random(seed, number, 1);
      const lines = mutateLines(random, conversation(random, talk))
        .filter((line) => !LASTING.test(line));
      const id = `"input ${number}"`;
      const all = [...lines, ELSEWHERE, ELSEWHERE, ask(id)];
      await writeAll(duplex, toBytes(all));
      const expected = `{"jsonrpc":"2.0","id":${id},"result":[]}`;
      const isOver = () => over.signal.aborted;
      await rest(() => answer === expected || isOver());
      const failures: string[] = [];
      if (isOver()) failures.push("the connection has ended");
      else if (answer !== expected) failures.push("it does not answer");
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

/** Tells what comes, line by line, until it ends. */
async function follow(
  duplex: Duplex,
  onLine: (line: string) => void,
): Promise<void> {
  const peer = new PlainPeer(duplex);
  try {
    let line: string | undefined;
    while ((line = await peer.line()) !== undefined) onLine(line);
  } catch {
    // It was closed here.
  }
}
