import { assert, assertEquals, assertThrows } from "@std/assert";
import { toLimits } from "../limits.ts";
import { inTime } from "../testing/deadline.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { type PlainFrame, PlainFrames } from "../testing/plain_frames.ts";
import { Timers } from "../testing/timers.ts";
import { Call } from "./call.ts";
import { LineReader } from "./line_reader.ts";
import {
  discardStream,
  serveStream,
  type StreamResult,
  toStreamResult,
} from "./served_stream.ts";
import { IterableSource } from "./iterable_source.ts";
import type { StreamPeer } from "./stream_peer.ts";

const ANSWER = { id: 1, result: {} };

interface Served {
  readonly peer: StreamPeer;
  readonly frames: PlainFrames;
  readonly aborts: unknown[];
  readonly lost: unknown[];
  /** By what the sink failed while its client might have written on. */
  readonly failures: unknown[];
}

function serve(result: StreamResult, capacity?: number): Served {
  const [near, far] = memoryPair({ capacity });
  const aborts: unknown[] = [];
  const call = new Call(1);
  call.signal.onabort = () => aborts.push(call.signal.reason);
  const lost: unknown[] = [];
  const failures: unknown[] = [];
  const peer = serveStream(result, near, new LineReader(near, 1024 * 1024), {
    limits: toLimits({}),
    answer: JSON.stringify(ANSWER),
    onAbort: (reason) => call.abort(reason),
    onLostError: (error) => lost.push(error),
    onSinkFailed: (error) => failures.push(error),
    onEnding() {},
  });
  peer.start();
  return { peer, frames: new PlainFrames(far), aborts, lost, failures };
}

/** A sink that writes down what it is told. */
function recorder(
  extra: UnderlyingSink<unknown> = {},
): { writable: WritableStream<unknown>; events: unknown[] } {
  const events: unknown[] = [];
  const writable = new WritableStream<unknown>({
    write: (chunk) => void events.push(["write", chunk]),
    close: () => void events.push(["close"]),
    abort: (reason) => void events.push(["abort", String(reason)]),
    ...extra,
  });
  return { writable, events };
}

function messageOf(frame: PlainFrame | undefined, name: string): string {
  const error = (frame as Record<string, { message: string }>)[name];
  assert(error !== undefined, JSON.stringify(frame));
  return error.message;
}

Deno.test("toStreamResult() takes streams, pairs and iterables", () => {
  const readable = new ReadableStream();
  const writable = new WritableStream();
  assertEquals(toStreamResult(readable), { readable });
  assertEquals(toStreamResult(writable), { writable });
  assertEquals(toStreamResult({ readable, writable, more: 1 }), {
    readable,
    writable,
  });
  const transform = new TextDecoderStream();
  assertEquals(toStreamResult(transform), {
    readable: transform.readable as ReadableStream<unknown>,
    writable: transform.writable as WritableStream<unknown>,
  });
  const generator = (async function* () {})();
  assert(toStreamResult(generator)?.readable instanceof IterableSource);
});

Deno.test("toStreamResult() takes nothing else for a stream", () => {
  const readable = new ReadableStream();
  const writable = new WritableStream();
  const others: unknown[] = [
    undefined,
    null,
    1,
    "text",
    [1, 2],
    new Set([1]),
    {},
    { readable },
    { writable },
    { readable: 1, writable },
    { readable: writable, writable: readable },
    () => readable,
  ];
  for (const other of others) assertEquals(toStreamResult(other), undefined);
});

Deno.test("discardStream() ends both directions, and hides what that throws", async () => {
  const ends: unknown[] = [];
  const readable = new ReadableStream({
    cancel(reason) {
      ends.push(reason);
      throw new Error("No luck");
    },
  });
  const writable = new WritableStream({
    abort(reason) {
      ends.push(reason);
      throw new Error("No luck");
    },
  });
  discardStream({ readable, writable }, "enough");
  discardStream({}, "enough");
  await atRest();
  assertEquals(ends, ["enough", "enough"]);
});

Deno.test("serveStream() answers, and pumps the readable out", async () => {
  const readable = ReadableStream.from<unknown>([1, new Uint8Array([2]), "3"]);
  const { peer, frames, aborts, lost } = serve({ readable });
  assertEquals(await inTime(frames.rest(), "the end"), [
    ANSWER,
    { value: 1 },
    new Uint8Array([2]),
    { value: "3" },
    { done: true },
  ]);
  await peer.closed;
  assertEquals([aborts, lost], [[], []]);
});

Deno.test("serveStream() tells why the sink took no chunk, also where the end came with it", async () => {
  const reason = new Error("real reason");
  const size = () => {
    throw reason;
  };
  const sinks = [
    new WritableStream({}, { size, highWaterMark: 1 }),
    new WritableStream({ write: () => Promise.reject(reason) }),
    new WritableStream({ close: () => Promise.reject(reason) }),
  ];
  for (const writable of sinks) {
    const { frames } = serve({ writable });
    await frames.send({ value: 1 }, { value: 2 }, { done: true });
    await frames.next();
    assertEquals(messageOf(await frames.next(), "cancel"), "real reason");
    await inTime(frames.rest(), "the end");
  }
});

Deno.test("serveStream() cancels what is for a sink that its maker has closed", async () => {
  const closed = new WritableStream();
  await closed.close();
  const closing = new WritableStream();
  closing.close();
  for (const writable of [closed, closing]) {
    const { frames } = serve({ writable });
    await frames.next();
    assertEquals(
      messageOf(await inTime(frames.next(), "a frame"), "cancel"),
      "Cannot write: the method's writable is closed",
    );
    await frames.send({ value: 1 }, { done: true });
    await inTime(frames.rest(), "the end");
  }
});

Deno.test("serveStream() throws at a stream that is in use", () => {
  const readable = new ReadableStream();
  readable.getReader();
  assertThrows(() => serve({ readable }), TypeError);
  const writable = new WritableStream();
  writable.getWriter();
  assertThrows(() => serve({ writable }), TypeError);
});

Deno.test("serveStream() sends the source's error after the chunks before it", async () => {
  let pulls = 0;
  const readable = new ReadableStream<unknown>({
    pull(out) {
      if (pulls++ === 0) return out.enqueue(1);
      throw new RangeError("No luck");
    },
  }, { highWaterMark: 0 });
  const { frames, lost } = serve({ readable });
  const rest = await inTime(frames.rest(), "the end");
  assertEquals(rest.slice(0, 2), [ANSWER, { value: 1 }]);
  assertEquals(messageOf(rest[2], "error"), "No luck");
  assertEquals([rest.length, lost], [3, []]);
});

Deno.test("serveStream() cancels the source whose chunk cannot be sent", async () => {
  const reasons: unknown[] = [];
  const readable = new ReadableStream<unknown>({
    pull: (out) => out.enqueue(1n),
    cancel: (reason) => void reasons.push(reason),
  });
  const { frames } = serve({ readable });
  const rest = await inTime(frames.rest(), "the end");
  assert(messageOf(rest[1], "error").includes("BigInt"));
  assertEquals(reasons.length, 1);
  assert(reasons[0] instanceof TypeError);
});

Deno.test("serveStream() pulls no further than what fits", async () => {
  let pulled = 0;
  const readable = new ReadableStream<unknown>({
    pull(out) {
      pulled++;
      out.enqueue(new Uint8Array(10_000));
    },
  }, { highWaterMark: 0 });
  const { peer, frames } = serve({ readable }, 50_000);
  let before: number;
  do {
    before = pulled;
    await atRest();
  } while (pulled > before && pulled < 100);
  assert(pulled < 100, `${pulled}`);
  for (let i = 0; i < 200; i++) await frames.next();
  await atRest();
  assert(pulled >= 199 && pulled < 300, `${pulled}`);
  peer.destroy();
});

Deno.test(
  "serveStream() hands a cancel's reason to the source and the call, and says done",
  async () => {
    const reasons: unknown[] = [];
    const readable = new ReadableStream<unknown>({
      cancel: (reason) => void reasons.push(reason),
    });
    const { frames, aborts } = serve({ readable });
    assertEquals(await frames.next(), ANSWER);
    await frames.send({ cancel: { data: { value: "enough" } } });
    assertEquals(await inTime(frames.rest(), "the end"), [{ done: true }]);
    assertEquals([reasons, aborts], [["enough"], ["enough"]]);
  },
);

Deno.test(
  "serveStream() that was cancelled while it waits for room says done",
  async () => {
    let pulled = 0;
    const readable = new ReadableStream<unknown>({
      pull(out) {
        pulled++;
        out.enqueue(new Uint8Array(200_000));
      },
    });
    const { frames } = serve({ readable }, 1000);
    assertEquals(await frames.next(), ANSWER);
    await atRest();
    await frames.send({ cancel: null });
    const rest = await inTime(frames.rest(), "the end");
    const last = rest.at(-1);
    assert(last !== undefined && "done" in last, `${rest.length} frames`);
    assert(pulled < 5, `${pulled}`);
  },
);

Deno.test("serveStream() tells of a source whose cancel throws", async () => {
  const readable = new ReadableStream<unknown>({
    cancel() {
      throw new Error("No luck");
    },
  });
  const { frames, lost } = serve({ readable });
  await frames.next();
  await frames.send({ cancel: null });
  await inTime(frames.rest(), "the end");
  assertEquals(lost.map(String), ["Error: No luck"]);
});

Deno.test("serveStream() tells of what a generator throws that is cancelled while it waits", async () => {
  const wake = Promise.withResolvers<void>();
  const readable = new IterableSource((async function* () {
    try {
      yield 1;
      await wake.promise;
    } finally {
      // deno-lint-ignore no-unsafe-finally -- as the code of users does
      throw new Error("No luck");
    }
  })());
  const { frames, lost } = serve({ readable });
  await frames.next();
  await frames.next();
  await frames.send({ cancel: null });
  await inTime(frames.rest(), "the end");
  wake.resolve();
  await atRest();
  assertEquals(lost.map(String), ["Error: No luck"]);
});

Deno.test("serveStream() does not tell of a generator that the cancel ends", async () => {
  const abort = new DOMException("Given up", "AbortError");
  for (const how of ["by the reason", "by an AbortError"]) {
    const ended = Promise.withResolvers<void>();
    const readable = new IterableSource((async function* () {
      yield 1;
      await ended.promise;
    })());
    const { frames, aborts, lost } = serve({ readable });
    await frames.next();
    await frames.next();
    await frames.send({ cancel: { data: { message: "enough" } } });
    await inTime(frames.rest(), "the end");
    ended.reject(how === "by the reason" ? aborts[0] : abort);
    await atRest();
    assertEquals([aborts.length, lost], [1, []], how);
  }
});

Deno.test("serveStream() does not tell of the client's own reason, by which a transform fails", async () => {
  const { readable, writable } = new TransformStream();
  const { peer, frames, lost, aborts } = serve({ readable, writable });
  await frames.next();
  const error = (message: string) => ({ data: { message } });
  const ends = [{ cancel: error("one") }, { error: error("two") }];
  for (const end of ends) peer.receive(end);
  await frames.send(...ends);
  await inTime(frames.rest(), "the end");
  await atRest();
  assertEquals([aborts.length, lost], [1, []]);
});

Deno.test("serveStream() writes what comes, and tells when it has closed", async () => {
  const { writable, events } = recorder();
  const { frames, aborts } = serve({ writable });
  await frames.send({ value: 1 }, new Uint8Array([2]), { done: true });
  assertEquals(await inTime(frames.rest(), "the end"), [ANSWER, {
    closed: true,
  }]);
  assertEquals(events, [
    ["write", 1],
    ["write", new Uint8Array([2])],
    ["close"],
  ]);
  assertEquals(aborts, []);
});

Deno.test("serveStream() tells a client that it has closed when the client has closed its side", async () => {
  const closed = Promise.withResolvers<void>();
  const { writable } = recorder({ close: () => closed.promise });
  const { frames } = serve({ writable });
  await frames.send({ value: 1 }, { done: true });
  await frames.closeWrite();
  assertEquals(await frames.next(), ANSWER);
  await atRest();
  closed.resolve();
  const rest = await inTime(frames.rest(), "the end");
  assertEquals(rest, [{ closed: true }]);
});

Deno.test("serveStream() misses a client that has gone while its sink closes", async () => {
  using timers = new Timers();
  const { writable } = recorder({ close: () => new Promise(() => {}) });
  const { frames, peer } = serve({ writable });
  await frames.send({ done: true });
  await frames.closeWrite();
  await timers.rest();
  frames.close();
  timers.fire();
  await inTime(peer.closed, "the end");
  assertEquals(timers.length, 0);
});

Deno.test("serveStream() does not say of a sink that its maker was closing that it took anything", async () => {
  const closing = Promise.withResolvers<void>();
  const { writable, events } = recorder({ close: () => closing.promise });
  writable.close();
  const { frames } = serve({ writable });
  await frames.send({ value: 1 }, { done: true });
  await atRest();
  closing.resolve();
  const rest = await inTime(frames.rest(), "the end");
  assert(messageOf(rest.at(-1), "cancel").includes("clos"));
  assertEquals(events, []);
});

Deno.test("serveStream() tells once of a source that failed before it was cancelled", async () => {
  let fail: (reason: unknown) => void = () => {};
  const readable = new ReadableStream<unknown>({
    start(out) {
      out.enqueue(new Uint8Array(10_000));
      fail = (reason) => out.error(reason);
    },
  });
  const { peer, frames, lost } = serve({ readable }, 100);
  await atRest(); // it waits for room
  fail(new Error("Disk gone"));
  peer.receive({ cancel: null });
  await inTime(frames.rest(), "the end");
  await atRest();
  assertEquals(lost.map(String), ["Error: Disk gone"]);
});

Deno.test("serveStream() reads no further than the sink wants", async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const { writable } = recorder({
    write() {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    },
  });
  const { frames, peer } = serve({ writable }, 1000);
  let written = false;
  const chunk = new Uint8Array(150_000);
  const writing = frames.send(chunk, chunk, chunk).then(() => written = true);
  // Many small reads, with turns for others between them.
  while (gates.length === 0) await atRest();
  for (let turn = 0; turn < 100; turn++) await atRest();
  assertEquals([gates.length, written], [1, false]);
  for (let i = 0; i < 3; i++) {
    gates[i].resolve();
    while (i < 2 && gates.length < i + 2) await atRest();
  }
  await inTime(writing, "the write");
  peer.destroy();
});

Deno.test("serveStream() cancels with the error of a sink that throws in write", async () => {
  const { writable, events } = recorder({
    write() {
      throw new RangeError("Disk full");
    },
  });
  const { frames, lost, failures } = serve({ writable });
  assertEquals(await frames.next(), ANSWER);
  await frames.send({ value: 1 });
  assertEquals(
    messageOf(await inTime(frames.next(), "a frame"), "cancel"),
    "Disk full",
  );
  assertEquals(failures.map(String), ["RangeError: Disk full"]);
  await frames.send({ value: 2 }, { done: true });
  assertEquals(await inTime(frames.rest(), "the end"), []);
  assertEquals([events, lost], [[], []]);
});

Deno.test("serveStream() cancels with the error of a sink that throws in close", async () => {
  const { writable } = recorder({
    close() {
      throw new RangeError("Disk full");
    },
  });
  const { frames, failures } = serve({ writable });
  assertEquals(await frames.next(), ANSWER);
  await frames.send({ done: true });
  const rest = await inTime(frames.rest(), "the end");
  assertEquals(messageOf(rest[0], "cancel"), "Disk full");
  assertEquals([rest.length, failures], [1, []]);
});

Deno.test("serveStream() aborts the sink by the error of the other end", async () => {
  const { writable, events } = recorder();
  const { frames, aborts, failures } = serve({ writable });
  await frames.next();
  const data = { name: "RangeError", message: "Enough" };
  await frames.send({ value: 1 }, { error: { message: "Enough", data } });
  assertEquals(await inTime(frames.rest(), "the end"), []);
  assertEquals(events, [["write", 1], ["abort", "RangeError: Enough"]]);
  assertEquals(aborts.map(String), ["RangeError: Enough"]);
  assertEquals(failures, []);
});

Deno.test("serveStream() ends everything when the connection does", async () => {
  const reasons: string[] = [];
  const readable = new ReadableStream<unknown>({
    cancel: (reason) => void reasons.push(String(reason)),
  });
  const { writable, events } = recorder();
  const { peer, frames } = serve({ readable, writable });
  await frames.next();
  frames.close();
  await inTime(peer.closed, "the end");
  await atRest();
  const lost = "Error: The connection ended before the stream did";
  assertEquals([events, reasons], [[["abort", lost]], [lost]]);
});

Deno.test("serveStream() cancels its source when the client says closed", async () => {
  const cancelled = Promise.withResolvers<unknown>();
  const readable = new ReadableStream<unknown>({ cancel: cancelled.resolve });
  const { frames } = serve({ readable });
  await frames.next();
  await frames.send({ closed: true });
  await inTime(cancelled.promise, "the cancel of the source");
});

Deno.test("serveStream() aborts a sink that takes nothing when the client has gone", async () => {
  using timers = new Timers();
  const aborted = Promise.withResolvers<unknown>();
  const writable = new WritableStream<unknown>({
    start: ({ signal }) => signal.addEventListener("abort", aborted.resolve),
    write: () => new Promise(() => {}),
  });
  const { frames, peer } = serve({ writable });
  await frames.next();
  await frames.send({ value: 1 }, { value: 2 });
  await timers.rest();
  assertEquals(timers.length, 1);
  timers.fire(); // the client is still there
  await timers.rest();
  assertEquals(timers.length, 1);
  frames.close();
  timers.fire();
  await inTime(Promise.all([aborted.promise, peer.closed]), "the end");
  assertEquals(timers.length, 0);
});

Deno.test("serveStream() aborts a slow sink by the error that its client sent before it went", async () => {
  using timers = new Timers();
  const aborted = Promise.withResolvers<unknown>();
  const writable = new WritableStream<unknown>({
    start({ signal }) {
      signal.addEventListener("abort", () => aborted.resolve(signal.reason));
    },
    write: () => new Promise(() => {}),
  });
  const { frames, peer } = serve({ writable });
  await frames.next();
  const data = { name: "RangeError", message: "Enough" };
  await frames.send({ value: 1 }, { value: 2 }, { error: { data } });
  frames.close();
  await timers.rest();
  timers.fire();
  const reason = await inTime(aborted.promise, "the abort");
  assertEquals(String(reason), "RangeError: Enough");
  await inTime(peer.closed, "the end");
});

Deno.test("serveStream() takes an error that comes by another way behind the chunks before it", async () => {
  using timers = new Timers();
  const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  const { writable, events } = recorder({
    write(chunk) {
      events.push(["write", chunk]);
      return gates[chunk as number].promise;
    },
  });
  const { frames, peer } = serve({ writable });
  await frames.next();
  await frames.send({ value: 0 }, { value: 1 }, { value: 2 });
  const error = { data: { name: "RangeError", message: "Enough" } };
  peer.receive({ error });
  for (const chunk of [0, 1]) {
    await timers.rest();
    assertEquals(events.at(-1), ["write", chunk]);
    gates[chunk].resolve(); // it has taken one when its time is over
    await timers.rest();
    timers.fire();
  }
  await timers.rest();
  assertEquals(events.at(-1), ["write", 2]);
  timers.fire(); // and none
  gates[2].resolve();
  await frames.send({ error }); // behind them, as always
  await inTime(frames.rest(), "the end");
  assertEquals(events.at(-1), ["abort", "RangeError: Enough"]);
});

Deno.test("serveStream() is not given up by who wants no output and has its chunks taken", async () => {
  const { writable, events } = recorder();
  const readable = new ReadableStream({});
  const { frames, aborts } = serve({ readable, writable });
  await frames.next();
  await frames.send({ cancel: null }, { value: 1 }, { done: true });
  const rest = await inTime(frames.rest(), "the end");
  assertEquals(rest, [{ done: true }, { closed: true }]);
  assertEquals(events, [["write", 1], ["close"]]);
  assertEquals(aborts, []);
});

Deno.test("serveStream() takes an error that comes by another way before the end of the connection", async () => {
  using timers = new Timers();
  const { writable, events } = recorder();
  const { frames, peer } = serve({ writable });
  await frames.next();
  await frames.send({ value: 0 });
  peer.receive({ error: { data: { name: "RangeError", message: "Enough" } } });
  await timers.rest();
  frames.close();
  await inTime(peer.closed, "the end");
  assertEquals(events, [["write", 0], ["abort", "RangeError: Enough"]]);
});

Deno.test("serveStream() hands each chunk to a sink with a highWaterMark of 0", async () => {
  const events: unknown[] = [];
  const writable = new WritableStream<unknown>({
    write: (chunk) => void events.push(chunk),
    close: () => void events.push("close"),
  }, { highWaterMark: 0 });
  const { frames } = serve({ writable });
  await frames.next();
  await frames.send({ value: 1 }, { value: 2 }, { done: true });
  assertEquals(await inTime(frames.rest(), "the end"), [{ closed: true }]);
  assertEquals(events, [1, 2, "close"]);
});

Deno.test("serveStream() sends the readable of a pair on when the client has closed its side", async () => {
  let out!: ReadableStreamDefaultController<unknown>;
  const readable = new ReadableStream<unknown>({
    start: (its) => void (out = its),
  });
  const { writable, events } = recorder();
  const { frames } = serve({ readable, writable });
  assertEquals(await frames.next(), ANSWER);
  await frames.send({ done: true });
  await frames.closeWrite();
  assertEquals(await inTime(frames.next(), "a frame"), { closed: true });
  await atRest();
  out.enqueue("more");
  assertEquals(await inTime(frames.next(), "a frame"), { value: "more" });
  out.close();
  assertEquals(await inTime(frames.rest(), "the end"), [{ done: true }]);
  assertEquals(events, [["close"]]);
});
