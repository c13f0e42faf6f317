import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClientStream } from "./client_stream.ts";
import { ConnectionClosedError } from "../errors.ts";
import { atRest } from "../testing/at_rest.ts";
import { inTime } from "../testing/deadline.ts";
import { fakeChannel } from "../testing/fake_channel.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { PlainFrames } from "../testing/plain_frames.ts";
import type { LimitOptions } from "../limits.ts";
import { MAX_CHUNK_BYTES } from "../wire/frame.ts";

/** A stream that is opened, and the other end of its connection. */
function open(
  notify: (method: string, params: object) => void = () => {},
  limits?: LimitOptions,
) {
  const [near, far] = memoryPair();
  const channel = fakeChannel(near, notify, undefined, limits);
  const options = { channel, method: "m", args: [], signal: undefined };
  return { stream: new ClientStream(options), frames: new PlainFrames(far) };
}

/** What a daemon answers to the request. */
function answer(readable: unknown, writable: unknown) {
  return { jsonrpc: "2.0", id: 1, result: { readable, writable } };
}

Deno.test("ClientStream errors when the answer is not that of a stream", async () => {
  const answers = [
    answer(1, true),
    answer(true, "yes"),
    answer(undefined, undefined),
    { jsonrpc: "2.0", id: 1, result: [] },
    { jsonrpc: "2.0", id: 1 },
    [],
    null,
  ];
  for (const wrong of answers) {
    const { stream, frames } = open();
    await frames.send(wrong);
    const read = stream.readable.getReader().read();
    const error = await inTime(
      assertRejects(() => read, ConnectionClosedError),
      "the error",
    );
    assertEquals((error.cause as Error).name, "SyntaxError");
    await stream.writable.getWriter().closed.catch(() => {});
    await inTime(stream.closed, "the end");
    assertEquals((await frames.rest()).length, 1); // the request
  }
});

Deno.test("ClientStream knows that a request which could not be written was not executed", async () => {
  const [near, far] = memoryPair();
  const channel = fakeChannel(near, () => {});
  far.close(); // a write fails from now on
  const options = { channel, method: "m", args: [], signal: undefined };
  const stream = new ClientStream(options);
  const error = await assertRejects(
    () => stream.readable.getReader().read(),
    ConnectionClosedError,
  );
  assertEquals(error.maybeExecuted, false);
  await stream.writable.getWriter().closed.catch(() => {});
  await inTime(stream.closed, "the end");
});

Deno.test("ClientStream.writable works although the readable was cancelled before the daemon answered", async () => {
  const { stream, frames } = open();
  const writer = stream.writable.getWriter();
  await stream.readable.cancel();
  await frames.next();
  await frames.send(answer(false, true));
  await inTime(writer.write(1), "the write");
  const closing = writer.close();
  assertEquals(await frames.next(), { value: 1 });
  assertEquals(await frames.next(), { done: true });
  await frames.send({ closed: true });
  await inTime(closing, "the close");
  await inTime(stream.closed, "the end");
});

Deno.test("ClientStream.writable works although bytes was cancelled before the daemon answered with chunks", async () => {
  const { stream, frames } = open();
  const writer = stream.writable.getWriter();
  const reader = stream.bytes.getReader();
  const read = reader.read();
  await frames.next();
  await reader.cancel("enough");
  assert((await read).done);
  await frames.send(answer(true, true), new Uint8Array(5), { value: 1 });
  await inTime(writer.write(2), "the write");
  const sent = [await frames.next(), await frames.next()];
  assertEquals(sent.filter((frame) => "value" in frame!), [{ value: 2 }]);
  assertEquals(sent.filter((frame) => "cancel" in frame!).length, 1);
  await frames.send({ done: true });
  const closing = writer.close();
  assertEquals(await frames.next(), { done: true });
  await frames.send({ closed: true });
  await inTime(closing, "the close");
  await inTime(stream.closed, "the end");
});

Deno.test("ClientStream.writable ends by the error of a chunk whose memory goes while it waits", async () => {
  const { stream, frames } = open();
  await frames.send(answer(false, true));
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  const [first, second, third] = [1, 2, 3].map((n) =>
    new Uint8Array(100_000).fill(n)
  );
  await writer.write(first); // which is under way from now on
  await writer.write(second);
  const writing = writer.write(third); // there is no room for it
  await atRest();
  third.buffer.transfer();
  await frames.next(); // the request
  assertEquals([await frames.next(), await frames.next()], [first, second]);
  const message =
    "Cannot send 100000 bytes: their memory has 0 of them by now; send a copy";
  await inTime(assertRejects(() => writing, TypeError, message), "the error");
  const rest = await inTime(frames.rest(), "the end") as {
    error?: { message: string };
  }[];
  assertEquals(rest.map(({ error }) => error?.message), [message]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("ClientStream.writable can be asked for with the readable that has ended before", async () => {
  const { stream, frames } = open();
  await frames.next();
  await frames.send(answer(true, true), { value: 1 }, { done: true });
  await atRest(); // all of that was read
  const { readable, writable } = stream;
  const writer = writable.getWriter();
  assertEquals(await Array.fromAsync(readable), [1]);
  await writer.write(2);
  assertEquals(await frames.next(), { value: 2 });
  await stream[Symbol.asyncDispose]();
});

Deno.test("ClientStream.writable is closed by itself when only the readable is asked for, which has ended before", async () => {
  const { stream, frames } = open();
  await frames.next();
  await frames.send(answer(true, true), { value: 1 }, { done: true });
  await atRest();
  assertEquals(await Array.fromAsync(stream), [1]);
  assertEquals(await frames.next(), { done: true });
  await frames.send({ closed: true });
  await inTime(stream.closed, "the end");
});

Deno.test("ClientStream tells of too much as the end of both directions, also of one that is not used", async () => {
  const { stream, frames } = open();
  await frames.next();
  await frames.send(answer(true, true));
  const read = stream.readable.getReader().read();
  await frames.write(`{"bytes":${MAX_CHUNK_BYTES + 1}}\n`);
  await inTime(assertRejects(() => read, ConnectionClosedError), "the error");
  const [error, cancel, ...rest] = await inTime(frames.rest(), "the end") as {
    error?: { code: number };
    cancel?: { code: number };
  }[];
  assertEquals([error.error?.code, cancel.cancel?.code], [-32600, -32600]);
  assertEquals(rest, []);
  await inTime(stream.closed, "the end");
});

Deno.test("ClientStream tells its session no more of a reason than fits into a line", async () => {
  const told: string[] = [];
  const maxMessageBytes = 64 * 1024;
  const { stream, frames } = open(
    (method, params) => told.push(`${method} ${JSON.stringify(params)}`),
    { maxMessageBytes },
  );
  await frames.next();
  await frames.send(answer(true, true));
  const reason = new Error("x".repeat(maxMessageBytes));
  stream.readable.cancel(reason);
  stream.writable.abort(reason).catch(() => {});
  stream.giveUp(reason);
  await inTime(frames.rest(), "the end");
  await inTime(stream.closed, "the end");
  assert(told.length > 0);
  for (const text of told) assert(text.length < maxMessageBytes / 2);
});
