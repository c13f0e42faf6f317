// What comes in one read: when it is answered, and when others have their turn.
import { assert, assertEquals } from "@std/assert";
import { toLimits } from "../limits.ts";
import { memoryPair } from "../memory_pair.ts";
import { Clock } from "../testing/clock.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { recordWrites } from "../testing/recorded_writes.ts";
import { TickCounter } from "../testing/tick_counter.ts";
import { serve } from "../testing/wire_pair.ts";
import { WireServer } from "./server.ts";

/** One after which much is read at once. */
const LONG: [number, string, string[]] = [100, "m", ["x".repeat(20_000)]];
const ANSWER = '{"jsonrpc":"2.0","id":100,"result":null}\n';

function requests(count: number): [number, string][] {
  return Array.from({ length: count }, (_, at) => [100 + at, "m"]);
}

/**
 * Has `reads` requests served, so many in each read, and resolves to how many
 * answers had been written by the time that each of the last ones was served.
 */
async function answeredBefore(...reads: number[]): Promise<number[]> {
  using _clock = new Clock(); // nobody else has a turn
  const [near, far] = memoryPair();
  const { duplex, writes } = recordWrites(far);
  let answered: number[] = [];
  const server = new WireServer(duplex, {
    ...toLimits({}),
    handle() {
      const bytes = writes.reduce((sum, length) => sum + length, 0);
      answered.push(bytes / ANSWER.length);
      return null;
    },
    onLostError: () => {},
  });
  const ended = server.run();
  const peer = new PlainPeer(near);
  await peer.ask(LONG);
  await peer.next();
  for (const count of reads) {
    answered = [];
    writes.length = 0;
    await peer.ask(...requests(count));
    for (let i = 0; i < count; i++) await peer.next();
  }
  await peer.closeWrite();
  await peer.assertEnd();
  await ended;
  return answered;
}

for (
  const { lines, pieces } of [
    { lines: 16, pieces: [16] },
    { lines: 20, pieces: [16, 4] },
    { lines: 64, pieces: [32, 32] },
    { lines: 500, pieces: [128, 128, 128, 116] },
  ]
) {
  Deno.test(`WireServer answers ${lines} requests of one read in pieces of ${pieces}`, async () => {
    const answered = await answeredBefore(lines);
    let served = 0;
    for (const piece of pieces) {
      assertEquals(answered[served], served);
      // Its first answer goes out at once, and the others with its end.
      const last = answered[served + piece - 1];
      assert(last === served || last === served + 1, `${last} at ${served}`);
      served += piece;
    }
    assertEquals(answered.length, served);
  });
}

Deno.test("WireServer serves one half at once where the client goes through the other", async () => {
  const answered = await answeredBefore(64, 32, 32);
  assertEquals(answered.length, 32);
  assert(answered.every((count) => count <= 1), `${answered}`);
});

Deno.test("WireServer lets others have their turn while it serves what came in one read", async () => {
  using clock = new Clock();
  await using ticks = new TickCounter();
  let before = 0;
  const gaps: number[] = [];
  const { peer } = serve(() => {
    gaps.push(ticks.count - before);
    before = ticks.count;
    clock.now += 0.25;
    return null;
  });
  await peer.ask(LONG);
  await peer.next();
  const count = 100;
  await peer.ask(...requests(count));
  for (let i = 0; i < count; i++) await peer.next();
  await peer.closeWrite();
  // So many ticks that Deno looks at its sockets, and after each 16 calls of 4 ms.
  const turns = gaps.flatMap((ticks, at) => ticks >= 61 ? [at] : []);
  assertEquals(turns.filter((at) => at > 1), [17, 33, 49, 65, 81, 97]);
});
