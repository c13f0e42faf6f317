// What comes in one read: when it is answered, and when others have their turn.
import { assert, assertEquals } from "@std/assert";
import { toLimits } from "../limits.ts";
import { memoryPair, type MemoryPairOptions } from "../testing/memory_pair.ts";
import { Clock } from "../testing/clock.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { recordWrites } from "../testing/recorded_writes.ts";
import { TickCounter } from "../testing/tick_counter.ts";
import { serve } from "../testing/wire_pair.ts";
import { resultText } from "./message.ts";
import { WireServer } from "./server.ts";

/** One after which much is read at once. */
const LONG: [number, string, string[]] = [1000, "m", ["x".repeat(20_000)]];

interface Talk {
  /** How many requests come in each read. */
  readonly reads: readonly number[];
  /** What each of them has for its parameters. */
  readonly params?: string[];
  readonly result?: string;
}

/** Resolves to how many answers had been written by the time that each request of the last read was served. */
async function answeredBefore(
  { reads, params = [], result = "" }: Talk,
): Promise<number[]> {
  using _clock = new Clock(); // nobody else has a turn
  const [near, far] = memoryPair({ capacity: 256 * 1024 });
  const { duplex, writes } = recordWrites(far);
  const { length } = `${resultText(1000, result)}\n`; // that of each answer
  let answered: number[] = [];
  const server = new WireServer(duplex, {
    ...toLimits({}),
    handle() {
      answered.push(writes.reduce((sum, bytes) => sum + bytes, 0) / length);
      return result;
    },
    onLostError: () => {},
  });
  const ended = server.run();
  const peer = new PlainPeer(near);
  await peer.ask(LONG);
  await peer.next();
  for (const count of reads) {
    writes.length = 0;
    answered = [];
    await peer.ask(...requests(count, params));
    for (let i = 0; i < count; i++) await peer.next();
  }
  await peer.closeWrite();
  await peer.assertEnd();
  await ended;
  return answered;
}

function requests(
  count: number,
  params: string[] = [],
): [number, string, string[]][] {
  return Array.from({ length: count }, (_, at) => [1000 + at, "m", params]);
}

const LINE = '{"jsonrpc":"2.0","id":1000,"method":"m","params":[]}'.length;
const FEW = Math.ceil(256 / LINE);
const MANY = Math.ceil(32 * 1024 / LINE);

for (
  const { name, talk, pieces } of [
    { name: "few at once", talk: { reads: [FEW] }, pieces: [FEW] },
    { name: "some by halves", talk: { reads: [64] }, pieces: [32, 32] },
    {
      name: "many by 32 Ki characters",
      talk: { reads: [2 * MANY + 9] },
      pieces: [MANY, MANY, 9],
    },
    {
      name: "long ones one by one",
      talk: { reads: [3], params: ["x".repeat(40_000)] },
      pieces: [1, 1, 1],
    },
    {
      name: "those with long answers one by one",
      talk: { reads: [3], result: "x".repeat(40_000) },
      pieces: [1, 1, 1],
    },
    {
      name: "one half at once, where the other half is at the client",
      talk: { reads: [64, 32, 32] },
      pieces: [32],
    },
  ]
) {
  Deno.test(`WireServer answers what came in one read: ${name}`, async () => {
    const answered = await answeredBefore(talk);
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

async function askEach(peer: PlainPeer): Promise<void> {
  await peer.ask(...requests(100));
  for (let i = 0; i < 100; i++) await peer.next();
}

async function askBatch(peer: PlainPeer): Promise<void> {
  const batch = requests(100).map(([id, method, params]) => {
    return { jsonrpc: "2.0", id, method, params };
  });
  await peer.send(batch);
  assertEquals((await peer.nextBatch()).length, 100);
}

/**
 * Resolves to before which of 100 requests, which take `ms` each and are all
 * there, others had their turn: so many ticks that Deno looks at its sockets.
 */
async function turnsBetween(
  ms: number,
  options: MemoryPairOptions = {},
  ask = askEach,
): Promise<number[]> {
  using clock = new Clock();
  await using ticks = new TickCounter();
  let before = 0;
  let gaps: number[] = [];
  const { peer } = serve(() => {
    gaps.push(ticks.count - before);
    before = ticks.count;
    clock.now += ms;
    return null;
  }, { capacity: 256 * 1024, ...options });
  await peer.ask(LONG);
  await peer.next();
  gaps = [];
  await ask(peer);
  await peer.closeWrite();
  return gaps.flatMap((ticks, at) => at > 0 && ticks >= 61 ? [at] : []);
}

const ALL = Array.from({ length: 99 }, (_, at) => at + 1);

for (
  const { ms, turns } of [
    { ms: 0.01, turns: [] },
    { ms: 0.2, turns: [31, 62, 93] },
    { ms: 20, turns: ALL },
  ]
) {
  Deno.test(`WireServer lets others have their turn between requests of one read that take ${ms} ms each`, async () => {
    assertEquals(await turnsBetween(ms), turns);
  });

  Deno.test(`WireServer lets others have their turn between requests of one batch that take ${ms} ms each`, async () => {
    assertEquals(await turnsBetween(ms, {}, askBatch), turns);
  });
}

Deno.test("WireServer lets others have their turn between reads that never wait", async () => {
  const readSizes = [LINE + "\n".length];
  assertEquals(await turnsBetween(0.01, { readSizes }), []);
  assertEquals(await turnsBetween(3, { readSizes }), ALL);
});
