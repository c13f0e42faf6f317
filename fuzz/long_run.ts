import { Random } from "../src/testing/random.ts";
import { writeAll } from "../src/wire/line_writer.ts";
import { Alarms } from "./alarms.ts";
import type { Feed, Summary } from "./finding.ts";
import { checkHeap, tellHeap, usedHeap } from "./heap.ts";
import { mutateLines, toBytes } from "./mutate.ts";
import { hangUp } from "./feed.ts";
import { conversation } from "./requests.ts";
import { rest, tick } from "./tick.ts";
import { World } from "./world.ts";

/** Lines of which a connection has to hold something, or to end. */
const LASTING = /"(never|close|destroy|\$\/shutdown)"|.{4000}/s;

/** What is asked each time: a stream's request that is none, in the session of another. */
const ELSEWHERE = '{"jsonrpc":"2.0","id":9,"method":"echo","session":"fuzz/1"}';

/** Feeds all inputs over one connection that stays open: what it held of them would add up. */
export async function runLong(
  { seed, first, inputs, onFinding }: Feed,
  signal: AbortSignal,
): Promise<Summary> {
  using alarms = new Alarms();
  using world = new World(new Random(seed));
  const owner = world.connect({});
  const duplex = world.connect({ capacity: 1024 * 1024 });
  const isOver = drop(duplex);
  await writeAll(duplex, toBytes(['{"jsonrpc":"2.0","id":0,"method":"echo"}']));
  const talk = { sessions: ["fuzz/1", "fuzz/2"], ends: false };
  let before: number | undefined;
  let done = 0;
  let found = 0;
  for (; done < inputs && !signal.aborted; done++) {
    if (done === inputs >> 2) before = await usedHeap();
    const number = first + done;
    const random = new Random(seed, number, 1);
    const lines = mutateLines(random, conversation(random, talk))
      .filter((line) => !LASTING.test(line));
    await writeAll(duplex, toBytes([...lines, ELSEWHERE, ELSEWHERE]));
    await tick();
    const wrong = alarms.take();
    if (isOver()) wrong.push("the connection has ended");
    if (wrong.length === 0) continue;
    found++;
    const fed = lines.join("\n");
    onFinding({ target: "one connection", number, failures: wrong, fed });
    if (isOver()) break;
  }
  const isIdle = await rest(() => world.sessions.calls === 0);
  const after = await usedHeap();
  const failures = checkHeap(before, after);
  if (!isIdle) failures.push(`${world.sessions.calls} calls are left`);
  for (const one of [duplex, owner]) hangUp(one);
  failures.push(...await world.end());
  return { done, found, failures, told: tellHeap(before, after) };
}

/** Reads what comes, keeps nothing of it, and returns what tells whether it is over. */
function drop(duplex: ReturnType<World["connect"]>): () => boolean {
  let over = false;
  const read = async () => {
    const buffer = new Uint8Array(65_536);
    while (await duplex.read(buffer) !== null);
  };
  read().catch(() => {}).finally(() => over = true);
  return () => over;
}
