import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { RpcError, type RpcStream, withSignal } from "../../mod.ts";
import { iteratorInlet } from "./chunk_iterator.ts";
import { chunkInlet } from "./inlet.ts";
import { inTime } from "../testing/deadline.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { settled, startStreams } from "../testing/stream_daemon.ts";

/** A source that gives its chunks at once, and then fails. */
const FAILING = `async *fail(count, bytes) {
    for (let n = 0; n < count; n++) {
      yield bytes ? new Uint8Array(bytes).fill(n) : n;
    }
    throw new RangeError("No luck");
  }`;

const WAYS: Record<string, (stream: RpcStream) => AsyncIterable<unknown>> = {
  "in a loop": (stream) => stream,
  "by readable": (stream) => stream.readable,
};

for (const [name, read] of Object.entries(WAYS)) {
  for (const [count, bytes] of [[1, 0], [5, 0], [20_000, 0], [3000, 100]]) {
    Deno.test(`RpcStream gives ${count} chunks of ${bytes} bytes that came before an error, and then the error, read ${name}`, async () => {
      await using box = new Sandbox();
      await using daemon = await startStreams(box, ["fail:s"], FAILING);
      const stream = daemon.rpc.fail(count, bytes);
      let chunks = 0;
      const error = await assertRejects(async () => {
        for await (const chunk of read(stream)) {
          const n = chunk instanceof Uint8Array ? chunk[0] : chunk;
          assertEquals(n, bytes ? chunks % 256 : chunks);
          chunks++;
        }
      }, RpcError);
      assertEquals([error.remoteName, chunks], ["RangeError", count]);
      await inTime(stream.closed, "the end of the stream");
    });
  }

  Deno.test(`RpcStream drops what was not read yet when its signal aborts, read ${name}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["read:s"],
      `read: () => ReadableStream.from(Array(1000).fill("chunk"))`,
    );
    const controller = new AbortController();
    const reason = new Error("Enough");
    const stream = withSignal(daemon.rpc, controller.signal).read(20);
    const iterator = read(stream)[Symbol.asyncIterator]();
    assertEquals(await iterator.next(), { done: false, value: "chunk" });
    if (await isSettled(stream.closed)) return; // too late to drop anything
    controller.abort(reason);
    const error = await iterator.next().then(() => {}, (error) => error);
    assertStrictEquals(error, reason);
    assert((await iterator.next()).done);
  });

  Deno.test(`RpcStream stops the producer while its loop waits, read ${name}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["read:s", "pulled"],
      `read: () => new ReadableStream({
        pull(out) {
          globalThis.pulled = (globalThis.pulled ?? 0) + 1;
          out.enqueue(new Uint8Array(65536));
        },
        cancel: () => tell("cancel"),
      }),
      pulled: () => globalThis.pulled ?? 0`,
    );
    const pulled = async () => Number(await daemon.rpc.pulled());
    let read64 = 0;
    for await (const _ of read(daemon.rpc.read())) {
      if (++read64 < 200) continue;
      const stopped = await settled(pulled, pulled);
      assert(stopped >= 200 && stopped < 264, `${stopped}`);
      break;
    }
    assertEquals(await daemon.rpc.told(), ["cancel"]);
  });
}

Deno.test("RpcStream is read in a second loop no more than any iterator", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    "read: (count) => ReadableStream.from(Array(count).keys())",
  );
  const whole = daemon.rpc.read(3);
  assertEquals(await Array.fromAsync(whole), [0, 1, 2]);
  assertEquals(await Array.fromAsync(whole), []);
  const broken = daemon.rpc.read(1000);
  for await (const _ of broken) break;
  assertEquals(await Array.fromAsync(broken), []);
  await inTime(broken.closed, "the end of the stream");
});

Deno.test("RpcStream is read in a loop after its readable was asked for, and not the other way round", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    "read: () => ReadableStream.from([1, 2])",
  );
  const first = daemon.rpc.read();
  const { readable } = first;
  assertEquals(await Array.fromAsync(first), [1, 2]);
  assertStrictEquals(first.readable, readable);
  const second = daemon.rpc.read();
  assertEquals(await Array.fromAsync(second), [1, 2]);
  assertThrows(() => second.readable, TypeError, "in two ways");
  assertThrows(() => second.bytes, TypeError, "in two ways");
});

Deno.test("RpcStream answers each of several next() with a chunk of its own, and then the end", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    "read: () => ReadableStream.from([1, 2])",
  );
  const iterator = daemon.rpc.read()[Symbol.asyncIterator]();
  const results = await Promise.all([1, 2, 3, 4].map(() => iterator.next()));
  assertEquals(results.map(({ value }) => value), [1, 2, undefined, undefined]);
  assertEquals(results.map(({ done }) => done), [false, false, true, true]);
});

Deno.test("ChunkIterator tells an error once, to whoever waits first", async () => {
  const iterator = iteratorInlet({ onPull() {}, onCancel() {} });
  const first = assertRejects(() => iterator.next(), Error, "No luck");
  const second = iterator.next();
  iterator.error(new Error("No luck"));
  await first;
  assert((await second).done);
  assert((await iterator.next()).done);
});

Deno.test("ChunkIterator asks for more as it is read, and cancels once", async () => {
  const events: unknown[] = [];
  const iterator = iteratorInlet({
    onPull: () => events.push("pull"),
    onCancel: (reason) => events.push(["cancel", reason]),
  });
  iterator.chunk("a", 200 * 1024);
  assert(iterator.wantsChunk());
  iterator.chunk("b", 200 * 1024);
  assert(!iterator.wantsChunk());
  assertEquals((await iterator.next()).value, "a");
  assertEquals(events, ["pull"]);
  await iterator.return();
  await iterator.return();
  assertEquals(events, ["pull", ["cancel", undefined]]);
  assert((await iterator.next()).done);
});

Deno.test("ChunkIterator asks for no more when it has very many chunks of no bytes", () => {
  const iterator = iteratorInlet({ onPull() {}, onCancel() {} });
  let chunks = 0;
  for (; iterator.wantsChunk(); chunks++) {
    assert(chunks < 1e6, "there is no end of it");
    iterator.chunk(new Uint8Array(0), 0);
  }
});

Deno.test("ChunkIterator gives no chunk that comes after return()", async () => {
  const iterator = iteratorInlet({ onPull() {}, onCancel() {} });
  await iterator.return();
  iterator.chunk("late", 4);
  assert((await iterator.next()).done);
});

Deno.test("ChunkIterator keeps nothing of what was taken, also when there is always more", async () => {
  const COUNT = 4_000_000;
  const iterator = iteratorInlet({ onPull() {}, onCancel() {} });
  iterator.chunk(0, 1);
  const before = Deno.memoryUsage().heapUsed;
  let sum = 0;
  for (let n = 1; n < COUNT; n++) {
    iterator.chunk(n % 2, 1);
    sum += (await iterator.next()).value as number;
  }
  assertEquals(sum, COUNT / 2 - 1);
  // 16 bytes of each are 61 MiB.
  const grown = Deno.memoryUsage().heapUsed - before;
  assert(grown < 48 * 1024 * 1024, `${grown}`);
});

/** Whether a promise has settled by the next turn of the event loop. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(resolve, 0, false));
  return await Promise.race([promise.then(() => true), later]) as boolean;
}

Deno.test("chunkInlet's error comes behind chunks of any size, also of none", async () => {
  const inlet = chunkInlet({ onPull() {}, onCancel() {} });
  const sizes = [0.1, 0.2, 0, 0.3];
  for (const size of sizes) inlet.chunk(size, size);
  inlet.error(new Error("No luck"));
  const reader = inlet.stream.getReader();
  for (const size of sizes) assertEquals((await reader.read()).value, size);
  await assertRejects(() => reader.read(), Error, "No luck");
});
