import { assertEquals } from "@std/assert";
import type { MemoryPairOptions } from "../src/testing/memory_pair.ts";
import { writeAll } from "../src/wire/line_writer.ts";
import { Random } from "../src/testing/random.ts";
import { checkAnswers } from "./check_answers.ts";
import { checkFrames, splitAnswer } from "./check_frames.ts";
import { expectAnswers } from "./expect.ts";
import { endWriting, hangUp } from "./feed.ts";
import { taken } from "./iface_streams.ts";
import { concat, toBytes } from "./mutate.ts";
import { parseFrames } from "./parse_frames.ts";
import { Tap } from "./tap.ts";
import { rest, turns } from "./tick.ts";
import { World } from "./world.ts";

/** A conversation with something of everything. */
const TALK = toBytes([
  '{"jsonrpc":"2.0","id":1,"method":"$/hello","params":{"protocol":1}}',
  '{"jsonrpc":"2.0","id":"é","method":"echo","params":["𝄞"]}\r',
  "",
  '[{"jsonrpc":"2.0","id":2,"method":"later"},{"jsonrpc":"2.0","method":"tick"},7]',
  '{"jsonrpc":"2.0","id":3,"method":"toString"}',
  '{"jsonrpc":"2.0","id":4,"method":"never"}',
  '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":4}}',
  "[]",
  "no JSON",
  '{"jsonrpc":"2.0","id":5,"method":"reject","params":[1]}',
]);

const FRAMES = concat([
  toBytes(['{"value":"é"}', '{"bytes":5}']),
  new Uint8Array([10, 123, 255, 10, 0]),
  toBytes([
    '{"value":[1]}',
    '{"value":null}',
    "",
    '{"bytes":0}',
    '{"done":true}',
  ]),
]);

/** Sends `bytes` to a world, ends its side or hangs up, and resolves to what is said. */
async function talk(
  world: World,
  bytes: Uint8Array,
  options: MemoryPairOptions,
  hangsUp = false,
): Promise<Uint8Array> {
  const duplex = world.connect(options);
  const tap = new Tap(duplex);
  await writeAll(duplex, bytes);
  if (hangsUp) hangUp(duplex);
  else await endWriting(duplex);
  await rest(() => tap.ended);
  hangUp(duplex);
  assertEquals(await world.end(), []);
  return tap.bytes;
}

function assertAnswers(
  said: Uint8Array,
  asked: Uint8Array,
  world: World,
  at: number,
): void {
  const { maxMessageBytes } = world.limits;
  const expectation = expectAnswers(asked, world.served);
  const failures = checkAnswers(said, expectation, maxMessageBytes);
  assertEquals(failures, [], `at ${at}`);
}

Deno.test("A conversation is answered alike wherever it is split", async () => {
  for (let at = 1; at < TALK.length; at++) {
    using world = new World(new Random(at));
    const said = await talk(world, TALK, { readSizes: [at, Infinity] });
    assertAnswers(said, TALK, world, at);
  }
  using world = new World(new Random(0));
  const said = await talk(world, TALK, { readSizes: [1], maxWrite: 1 });
  assertAnswers(said, TALK, world, 1);
});

Deno.test("A conversation is answered as far as it came wherever it is cut", async () => {
  for (let at = 0; at < TALK.length; at++) {
    using world = new World(new Random(at));
    const asked = TALK.subarray(0, at);
    // A call that goes on keeps the server waiting.
    const isOpen = String(asked) !== "" && !isCancelled(asked);
    const said = await talk(world, asked, {}, isOpen);
    if (!isOpen) assertAnswers(said, asked, world, at);
  }
});

Deno.test("A conversation leaves nothing behind wherever it is broken off", async () => {
  for (let at = 0; at <= TALK.length; at++) {
    using world = new World(new Random(at));
    await talk(world, TALK.subarray(0, at), {}, true);
  }
});

Deno.test("A stream's frames come through alike wherever they are split", async () => {
  for (let at = 1; at < FRAMES.length; at++) {
    const { frames, sink } = await stream(FRAMES, {
      readSizes: [at, Infinity],
    });
    assertEquals(frames, [{ closed: true }], `at ${at}`);
    assertEquals(sink.end, "closed");
    assertEquals(sink.chunks, parseFrames(FRAMES, 1000).chunks);
  }
});

Deno.test("A stream's sink is aborted wherever its frames are cut", async () => {
  for (let at = 0; at < FRAMES.length - 1; at++) {
    const { sink } = await stream(FRAMES.subarray(0, at), {});
    assertEquals(sink.end, "aborted", `at ${at}`);
  }
});

function isCancelled(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  return !text.includes('"never"}\n') || text.includes('"params":{"id":4}}\n');
}

/** Calls a stream method in a world of its own, and sends it frames. */
async function stream(bytes: Uint8Array, options: MemoryPairOptions) {
  using world = new World(new Random(1));
  taken.length = 0;
  const duplex = world.connect({});
  const tap = new Tap(duplex);
  const line = '{"jsonrpc":"2.0","id":1,"method":"collect"}';
  await writeAll(duplex, toBytes([line]));
  await rest(() => tap.bytes.includes(10));
  const at = options.readSizes?.[0] ?? bytes.length;
  await writeAll(duplex, bytes.subarray(0, at));
  await turns(2);
  await writeAll(duplex, bytes.subarray(at));
  await endWriting(duplex);
  await rest(() => tap.ended);
  hangUp(duplex);
  assertEquals(await world.end(), []);
  const { rest: sent } = splitAnswer(tap.bytes);
  assertEquals(checkFrames(sent, world.limits.maxMessageBytes), []);
  return { frames: parseFrames(sent, 1000).controls, sink: taken[0] };
}
