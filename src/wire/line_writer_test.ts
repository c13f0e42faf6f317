import { assertEquals, assertInstanceOf, fail } from "@std/assert";
import { memoryPair } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import type { Duplex } from "./duplex.ts";
import { isLonger, LineWriter } from "./line_writer.ts";

const decoder = new TextDecoder();

/** Lets a test decide when each write ends, and how much it took. */
class Sink implements Pick<Duplex, "write"> {
  readonly writes: string[] = [];
  readonly #pending: PromiseWithResolvers<number>[] = [];

  write(bytes: Uint8Array): Promise<number> {
    this.writes.push(decoder.decode(bytes));
    const result = Promise.withResolvers<number>();
    this.#pending.push(result);
    return result.promise;
  }

  get duplex(): Duplex {
    return this as Pick<Duplex, "write"> as Duplex;
  }

  async take(count = this.writes.at(-1)?.length ?? 0): Promise<void> {
    this.#pending.shift()?.resolve(count);
    await atRest();
  }

  async fail(error: Error): Promise<void> {
    this.#pending.shift()?.reject(error);
    await atRest();
  }
}

function noError(error: unknown): never {
  fail(`Cannot write: ${error}`);
}

Deno.test("LineWriter.send() writes the first line at once", () => {
  const sink = new Sink();
  const writer = new LineWriter(sink.duplex, noError);
  writer.send("a");
  assertEquals(sink.writes, ["a\n"]);
  assertEquals([writer.queued, writer.idle], [0, false]);
});

Deno.test("LineWriter gathers behind a write that is under way", async () => {
  const sink = new Sink();
  const writer = new LineWriter(sink.duplex, noError);
  writer.send("a");
  writer.send("bé");
  writer.send("c");
  assertEquals(writer.queued, 5);
  await sink.take();
  assertEquals(sink.writes, ["a\n", "bé\nc\n"]);
  assertEquals([writer.queued, writer.idle], [0, false]);
  writer.send("d");
  await sink.take(6);
  assertEquals(sink.writes, ["a\n", "bé\nc\n", "d\n"]);
  await sink.take();
  assertEquals([writer.queued, writer.idle], [0, true]);
});

Deno.test("LineWriter.unwritten counts what waits and what is being written", async () => {
  const sink = new Sink();
  const writer = new LineWriter(sink.duplex, noError);
  writer.send("a");
  writer.send("bc");
  assertEquals(writer.unwritten, 5);
  await sink.take();
  assertEquals(writer.unwritten, 3);
  await sink.take();
  assertEquals(writer.unwritten, 0);
});

Deno.test("LineWriter writes again after it was idle", async () => {
  const sink = new Sink();
  const writer = new LineWriter(sink.duplex, noError);
  writer.send("a");
  await sink.take();
  writer.send("b");
  assertEquals(sink.writes, ["a\n", "b\n"]);
});

Deno.test("LineWriter goes on where a partial write ended", async () => {
  const sink = new Sink();
  const writer = new LineWriter(sink.duplex, noError);
  writer.send("abcdef");
  writer.send("g");
  await sink.take(2);
  await sink.take(4);
  assertEquals(sink.writes, ["abcdef\n", "cdef\n", "\n"]);
  await sink.take(1);
  assertEquals(sink.writes.at(-1), "g\n");
});

Deno.test("LineWriter keeps order and characters whatever a write takes", async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${i} é€😀`);
  for (const maxWrite of [1, 2, 3, 5, 7, 64]) {
    const [near, far] = memoryPair({ maxWrite, capacity: 16 });
    const writer = new LineWriter(near, noError);
    const peer = new PlainPeer(far);
    for (const line of lines) writer.send(line);
    for (const line of lines) assertEquals(await peer.line(), line);
    await writer.flushed;
    assertEquals(writer.idle, true);
  }
});

Deno.test("LineWriter.flushed waits for all that was sent", async () => {
  const sink = new Sink();
  const writer = new LineWriter(sink.duplex, noError);
  const order: string[] = [];
  await writer.flushed;
  writer.send("a");
  writer.send("b");
  const flushed = writer.flushed.then(() => order.push("flushed"));
  await sink.take();
  order.push("a");
  await sink.take(1);
  order.push("half of b");
  await sink.take(1);
  await flushed;
  assertEquals(order, ["a", "half of b", "flushed"]);
});

Deno.test("LineWriter tells of a failure once, and drops what comes later", async () => {
  const sink = new Sink();
  const errors: unknown[] = [];
  const writer = new LineWriter(sink.duplex, (error) => errors.push(error));
  writer.send("a");
  writer.send("b");
  const { flushed } = writer;
  const failure = new Error("gone");
  await sink.fail(failure);
  await flushed;
  assertEquals(errors, [failure]);
  assertEquals([writer.queued, writer.idle], [0, true]);
  writer.send("c");
  await writer.flushed;
  assertEquals(sink.writes, ["a\n"]);
  assertEquals([writer.queued, errors.length], [0, 1]);
});

Deno.test("LineWriter tells of a failure in the rest of a write", async () => {
  const sink = new Sink();
  const errors: unknown[] = [];
  const writer = new LineWriter(sink.duplex, (error) => errors.push(error));
  writer.send("abc");
  await sink.take(1);
  assertEquals(errors, []);
  await sink.fail(new Error("gone"));
  assertEquals(errors.length, 1);
});

Deno.test("LineWriter tells of a write that throws at once", async () => {
  const errors: unknown[] = [];
  const broken: Pick<Duplex, "write"> = {
    write() {
      throw new TypeError("no sink");
    },
  };
  const writer = new LineWriter(broken as Duplex, (e) => errors.push(e));
  writer.send("a");
  await writer.flushed;
  assertInstanceOf(errors[0], TypeError);
  assertEquals(writer.idle, true);
});

Deno.test("LineWriter may be told to send by the one it tells of a failure", async () => {
  const sink = new Sink();
  const writer: LineWriter = new LineWriter(
    sink.duplex,
    () => writer.send("last words"),
  );
  writer.send("a");
  await sink.fail(new Error("gone"));
  assertEquals(sink.writes, ["a\n"]);
  assertEquals([writer.queued, writer.idle], [0, true]);
});

Deno.test("isLonger() counts bytes of UTF-8", () => {
  for (const text of ["", "a", "abc", "é", "€€€", "😀😀", "aé€😀", "\uD800"]) {
    const { length } = new TextEncoder().encode(text);
    for (let limit = 0; limit < 20; limit++) {
      assertEquals(isLonger(text, limit), length > limit, `${text} ${limit}`);
    }
  }
});
