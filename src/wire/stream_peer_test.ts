import { assert, assertEquals } from "@std/assert";
import { inTime } from "../testing/deadline.ts";
import { atRest } from "../testing/at_rest.ts";
import { toBytes } from "../testing/plain_frames.ts";
import { streamPeer } from "../testing/stream_ends.ts";
import { ErrorCode } from "./message.ts";
import { Timers } from "../testing/timers.ts";

const LOST = "Error: The connection ended before the stream did";
const INVALID = `${LOST} (SyntaxError)`;

Deno.test("StreamPeer hands out what comes in order", async () => {
  const { peer, ends, frames } = streamPeer({ outgoing: false });
  peer.start();
  await frames.send(
    { value: 1 },
    { value: null },
    new Uint8Array([10, 10]),
    { value: { value: 2 } },
    new Uint8Array(0),
    { done: true },
  );
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [
    ["chunk", 1],
    ["chunk", null],
    ["chunk", new Uint8Array([10, 10])],
    ["chunk", { value: 2 }],
    ["chunk", new Uint8Array(0)],
    ["done"],
  ]);
});

Deno.test("StreamPeer takes frames that are cut at every byte", async () => {
  const sent = toBytes(
    { value: "ä𝄞" },
    new Uint8Array([1, 10, 255]),
    { value: [1] },
    new Uint8Array(0),
    new Uint8Array([7]),
    { cancel: null },
    { done: true },
  );
  for (let at = 1; at < sent.length; at++) {
    const { peer, ends, frames } = streamPeer({ readSizes: [at, Infinity] });
    peer.start();
    await frames.write(sent);
    await inTime(peer.closed, "the end");
    assertEquals(ends.events, [
      ["chunk", "ä𝄞"],
      ["chunk", new Uint8Array([1, 10, 255])],
      ["chunk", [1]],
      ["chunk", new Uint8Array(0)],
      ["chunk", new Uint8Array([7])],
      ["cancel", undefined],
      ["done"],
    ], `cut at ${at}`);
  }
});

Deno.test("StreamPeer refuses frames that are valid only together", async () => {
  const cases = [
    ['{"value":1,2}', '{"value":[1}', '{"value":2]}'],
    ['{"value":"}', '{"value":"}', '{"value":1,2}'],
    ['{"value":{"a":1}', '{"value":2}}', '{"value":1,2}'],
  ];
  for (const lines of cases) {
    const { peer, ends, frames } = streamPeer({ outgoing: false });
    await frames.write(`{"value":0}\n${lines.join("\n")}\n{"done":true}\n`);
    peer.start();
    await inTime(peer.closed, "the end");
    assertEquals(ends.events, [["chunk", 0], ["error", INVALID]]);
  }
});

Deno.test("StreamPeer takes frames that come byte by byte", async () => {
  const { peer, ends, frames } = streamPeer({
    readSizes: [1],
    outgoing: false,
  });
  peer.start();
  await frames.send({ value: 1 }, new Uint8Array([1, 2, 3]), { done: true });
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [
    ["chunk", 1],
    ["chunk", new Uint8Array([1, 2, 3])],
    ["done"],
  ]);
});

Deno.test("StreamPeer takes large chunks in pieces of any size", async () => {
  for (const size of [1000, 65_536, 131_072, 1_000_000]) {
    for (const length of [131_071, 131_072, 131_073, 262_144, 700_001]) {
      const { peer, ends, frames } = streamPeer({
        capacity: size,
        readSizes: [size],
        outgoing: false,
      });
      peer.start();
      const chunk = Uint8Array.from({ length }, (_, n) => n % 251);
      await frames.send({ value: 1 }, chunk, { value: 2 }, chunk, {
        done: true,
      });
      await inTime(peer.closed, "the end");
      const [, [, first], , [, second]] = ends.events;
      assertEquals(ends.events.length, 5);
      for (const got of [first, second] as Uint8Array[]) {
        assert(
          got.length === length && got.every((byte, n) => byte === n % 251),
          `${length} in pieces of ${size}`,
        );
      }
    }
  }
});

Deno.test("StreamPeer ignores empty lines and line feeds with a CR", async () => {
  const { peer, ends, frames } = streamPeer({ outgoing: false });
  peer.start();
  await frames.write('\n\r\n{"value":1}\r\n\n{"done":true}\r\n');
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [["chunk", 1], ["done"]]);
});

const NOT_VALID: Record<string, string> = {
  "what is not JSON": "value\n",
  "what is not UTF-8": "not UTF-8",
  "an unknown frame": '{"chunk":1}\n',
  "an empty frame": "{}\n",
  "a number": "1\n",
  "null": "null\n",
  "an array": '[{"value":1}]\n',
  "two values": '{"value":1,2}\n',
  "done that is not true": '{"done":1}\n',
  "closed that is not true": '{"closed":"true"}\n',
  "an error that is no object": '{"error":"text"}\n',
  "a negative number of bytes": '{"bytes":-1}\n',
  "half a byte": '{"bytes":1.5}\n12',
  "a text of bytes": '{"bytes":"1"}\n1',
  "null bytes": '{"bytes":null}\n',
  "a list of bytes": '{"bytes":[1]}\n1',
  "true bytes": '{"bytes":true}\n1',
};

for (const [name, text] of Object.entries(NOT_VALID)) {
  Deno.test(`StreamPeer ends the stream with an error at ${name}`, async () => {
    const { peer, ends, frames } = streamPeer();
    peer.start();
    await frames.send({ value: "before" });
    await frames.write(
      text === "not UTF-8"
        ? new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d, 10])
        : text,
    );
    await inTime(peer.closed, "the end");
    assertEquals(ends.events, [
      ["chunk", "before"],
      ["error", INVALID],
      ["cancel", INVALID],
    ]);
    assertEquals(await frames.rest(), []);
  });
}

const TOO_MUCH: Record<string, string> = {
  "an absurd number of bytes": '{"bytes":1e300}\n',
  "one byte too many": `{"bytes":${64 * 1024 * 1024 + 1}}\n`,
  "a line that is too long": `{"value":"${"a".repeat(2_000_000)}`,
  "a line of one byte too many": `${valueOf(1024 * 1024 + 1)}\n`,
  "a value that is nested too deep": deepFrame(1000),
  "nothing but brackets": `{"value":${"[".repeat(500_000)}\n`,
};

/** A frame of so many bytes. */
function valueOf(bytes: number): string {
  return `{"value":"${"a".repeat(bytes - '{"value":""}'.length)}"}`;
}

/** A frame of so many levels, and its own. */
function deepFrame(levels: number): string {
  return `{"value":${"[".repeat(levels)}${"]".repeat(levels)}}\n`;
}

for (const [name, text] of Object.entries(TOO_MUCH)) {
  Deno.test(`StreamPeer says why it ends the stream at ${name}`, async () => {
    const { peer, ends, frames } = streamPeer({ capacity: 4_000_000 });
    peer.start();
    await frames.send({ value: "before" });
    await frames.write(text);
    const [error, cancel, ...rest] = await inTime(frames.rest(), "the end");
    assertEquals(
      (cancel as { cancel: { code: number } }).cancel.code,
      -32600,
    );
    assertEquals((error as { error: { code: number } }).error.code, -32600);
    assertEquals(rest, []);
    await inTime(peer.closed, "the end");
    assertEquals(ends.events, [
      ["chunk", "before"],
      ["cancel", `${LOST} (RangeError)`],
      ["error", `${LOST} (RangeError)`],
    ]);
  });
}

Deno.test("StreamPeer ends the stream at too much of an end that does not read", async () => {
  using timers = new Timers();
  const { peer, frames } = streamPeer({ capacity: 100 });
  peer.start();
  peer.send("x".repeat(1000));
  await frames.write(TOO_MUCH["one byte too many"]);
  while (timers.length === 0) await timers.rest();
  timers.fire();
  await peer.closed;
});

Deno.test("StreamPeer takes a line of exactly as many bytes as it may have", async () => {
  const { peer, ends, frames } = streamPeer({ capacity: 4_000_000 });
  peer.start();
  await frames.write(`${valueOf(1024 * 1024)}\n{"value":1}\n`);
  const [[, chunk]] = await inTime(ends.until(2), "the chunks");
  assertEquals(JSON.stringify({ value: chunk }).length, 1024 * 1024);
});

Deno.test("StreamPeer takes values that are nested as deep as they may be", async () => {
  for (const between of ["", '{"value":1}\n']) {
    const { peer, ends, frames } = streamPeer({ outgoing: false });
    peer.start();
    const deep = deepFrame(999);
    await frames.write(`${deep}${between}${deep}{"done":true}\n`);
    await inTime(peer.closed, "the end");
    assertEquals(ends.events.length, between === "" ? 3 : 4);
    const [, chunk] = ends.events[0];
    assertEquals(JSON.stringify(chunk).length, 2 * 999);
  }
});

const AFTER_DONE: Record<string, unknown> = {
  "a value": { value: 1 },
  "done": { done: true },
  "bytes": new Uint8Array([1]),
  "no bytes": new Uint8Array(0),
  "large bytes": new Uint8Array(200_000),
};

for (const [name, frame] of Object.entries(AFTER_DONE)) {
  for (const state of ["ended", "closing"]) {
    Deno.test(
      `StreamPeer ends the stream with an error at ${name} after done: ${state}`,
      async () => {
        const { peer, ends, frames } = streamPeer({ capacity: 1_000_000 });
        if (state === "closing") ends.taken = new Promise(() => {});
        peer.start();
        await frames.send({ done: true }, frame);
        await inTime(peer.closed, "the end");
        assertEquals(ends.events, [["done"], ["cancel", INVALID]]);
      },
    );
  }
}

Deno.test("StreamPeer takes no chunk where none may come", async () => {
  for (const frame of [{ value: 1 }, new Uint8Array(0), { done: true }]) {
    const { peer, ends, frames } = streamPeer({ incoming: false });
    peer.start();
    await frames.send(frame);
    await inTime(peer.closed, "the end");
    assertEquals(ends.events, [["cancel", INVALID]]);
  }
});

Deno.test("StreamPeer errors when the connection ends before done", async () => {
  for (const text of ["", '{"value":1}', '{"bytes":3}\n12']) {
    const { peer, ends, frames } = streamPeer();
    peer.start();
    await frames.write(text);
    await frames.closeWrite();
    await inTime(peer.closed, "the end");
    assertEquals(ends.events, [["error", LOST], ["cancel", LOST]], text);
  }
});

Deno.test("StreamPeer reads nothing while no chunk is wanted", async () => {
  const { peer, ends, frames } = streamPeer({ capacity: 100 });
  ends.wanted = 0;
  peer.start();
  let written = false;
  const writing = frames.send({ value: "a".repeat(90) }, { value: 2 }, {
    done: true,
  }).then(() => written = true);
  await atRest();
  assertEquals([written, ends.events], [false, []]);
  ends.wanted = Infinity;
  peer.resume();
  await inTime(writing, "the write");
  await ends.until(3);
  assertEquals(ends.events[1], ["chunk", 2]);
  peer.destroy();
});

Deno.test("StreamPeer sets no timer while no chunk is wanted, but one to look after a client that may leave", async () => {
  for (const halfClose of [false, true]) {
    using timers = new Timers();
    const { peer, ends, frames } = streamPeer({ halfClose });
    ends.wanted = 1;
    peer.start();
    await frames.send({ value: 1 });
    await ends.until(1);
    await timers.rest();
    assertEquals(timers.length, halfClose ? 1 : 0);
    peer.destroy();
  }
});

Deno.test("StreamPeer reads on when it hears by another way that the chunks end by an error", async () => {
  const { peer, ends, frames } = streamPeer({ outgoing: false });
  ends.wanted = 0;
  peer.start();
  const frame = { error: { message: "No luck" } };
  await frames.send({ value: 1 }, frame);
  await atRest();
  assertEquals(ends.events, []);
  peer.receive(frame);
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [["error", "Error: No luck"]]);
});

Deno.test("StreamPeer stops within a chunk of bytes when no more is wanted", async () => {
  const { peer, ends, frames } = streamPeer({ capacity: 100_000 });
  ends.wanted = 1;
  peer.start();
  const chunk = new Uint8Array(300_000).fill(1);
  let written = false;
  const writing = frames.send(chunk, chunk).then(() => written = true);
  await ends.until(1);
  await atRest();
  assertEquals([written, ends.events.length], [false, 1]);
  ends.wanted = 1;
  peer.resume();
  await inTime(writing, "the write");
  await ends.until(2);
  assertEquals(ends.events[1], ["chunk", chunk]);
  peer.destroy();
});

Deno.test("StreamPeer's cancel drops what still comes until done", async () => {
  const { peer, ends, frames } = streamPeer({ outgoing: false });
  ends.wanted = 1;
  peer.start();
  // Values come many at a time: a chunk of bytes is not among them.
  await frames.send({ value: 1 }, new Uint8Array(2));
  await ends.until(1);
  peer.cancel("enough");
  const cancel = await frames.next() as { cancel: { data: unknown } };
  assertEquals((cancel.cancel.data as { value: unknown }).value, "enough");
  await frames.send(
    { value: 3 },
    new Uint8Array(10),
    new Uint8Array(0),
    new Uint8Array(300_000),
    { done: true },
  );
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [["chunk", 1]]);
  assertEquals(await frames.rest(), []);
});

Deno.test("StreamPeer's cancel drops the rest of a chunk that is under way", async () => {
  for (const length of [1000, 130_000, 500_000]) {
    const { peer, ends, frames } = streamPeer({
      outgoing: false,
      capacity: 1_000_000,
    });
    peer.start();
    const bytes = toBytes(new Uint8Array(length), { done: true });
    await frames.write(bytes.subarray(0, 500));
    await atRest();
    peer.cancel(undefined);
    assertEquals(await frames.next(), { cancel: null });
    await frames.write(bytes.subarray(500));
    await inTime(peer.closed, "the end");
    assertEquals(ends.events, [], `${length}`);
  }
});

Deno.test("StreamPeer's cancel is sent once, and not after the end", async () => {
  const { peer, frames } = streamPeer();
  peer.start();
  peer.cancel("one");
  peer.cancel("two");
  await frames.send({ done: true });
  const cancel = await frames.next() as { cancel: { message: string } };
  assertEquals(cancel.cancel.message, "one");
  await atRest();
  peer.cancel("three");
  peer.outgoing.sendDone();
  peer.outgoing.finish();
  assertEquals(await inTime(frames.rest(), "the end"), [{ done: true }]);
});

Deno.test("StreamPeer ends when it was cancelled and the other end just goes away", async () => {
  const { peer, ends, frames } = streamPeer({ outgoing: false });
  peer.start();
  peer.cancel(undefined);
  await frames.closeWrite();
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, []);
});

Deno.test("StreamPeer tells of a cancel, and sends no more chunks", async () => {
  const { peer, ends, frames } = streamPeer({ incoming: false });
  peer.start();
  peer.send(1);
  await frames.send({ cancel: { message: "Enough" } });
  await ends.until(1);
  assertEquals(ends.events, [["cancel", "Error: Enough"]]);
  assertEquals([peer.outgoing.isOpen, peer.send(2)], [false, undefined]);
  await inTime(peer.closed, "the end");
  assertEquals(await frames.rest(), [{ value: 1 }, { done: true }]);
});

Deno.test(
  "StreamPeer that was cancelled still says done, as PROTOCOL.md has it",
  async () => {
    const { peer, ends, frames } = streamPeer();
    peer.start();
    await frames.send({ cancel: null });
    await ends.until(1);
    assertEquals(await inTime(frames.next(), "a frame"), { done: true });
    peer.destroy();
  },
);

Deno.test("StreamPeer hands out reasons that were no errors as they were", async () => {
  for (const value of ["text", null, 0, { deep: [1] }]) {
    const { peer, ends, frames } = streamPeer();
    peer.start();
    await frames.send(
      { cancel: { data: { value } } },
      { error: { message: "m", data: { value } } },
    );
    await inTime(peer.closed, "the end");
    assertEquals(ends.events, [["cancel", value], ["error", value]]);
  }
});

Deno.test("StreamPeer answers done when its chunks were taken", async () => {
  const { peer, ends, frames } = streamPeer({ outgoing: false });
  const taken = Promise.withResolvers<void>();
  ends.taken = taken.promise;
  peer.start();
  await frames.send({ value: 1 }, { done: true });
  await ends.until(2);
  const next = frames.next();
  let answered = false;
  next.then(() => answered = true);
  await atRest();
  assertEquals(answered, false);
  taken.resolve();
  assertEquals(await inTime(next, "the answer"), { closed: true });
  await inTime(peer.closed, "the end");
});

Deno.test("StreamPeer answers done by a cancel when its chunks were not taken", async () => {
  const { peer, ends, frames } = streamPeer({ outgoing: false });
  ends.taken = Promise.reject(new RangeError("Disk full"));
  peer.start();
  await frames.send({ done: true });
  const { cancel } = await inTime(frames.next(), "the answer") as {
    cancel: { message: string };
  };
  assertEquals(cancel.message, "Disk full");
  await inTime(peer.closed, "the end");
  assertEquals(await frames.rest(), []);
});

Deno.test("StreamPeer's send direction ends well by closed alone", async () => {
  const { peer, ends, frames } = streamPeer({ incoming: false });
  peer.start();
  peer.send(1);
  peer.outgoing.sendDone();
  peer.outgoing.sendDone();
  assertEquals(await frames.next(), { value: 1 });
  assertEquals(await frames.next(), { done: true });
  await atRest();
  assertEquals([peer.outgoing.isOpen, ends.events], [true, []]);
  await frames.send({ closed: true });
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [["closed"]]);
  assertEquals(await frames.rest(), []);
});

Deno.test("StreamPeer does not take closed for the answer to chunks that still come", async () => {
  const { peer, ends, frames } = streamPeer({ incoming: false });
  peer.start();
  peer.send(1);
  await frames.send({ closed: true });
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [["cancel", INVALID]]);
});

Deno.test("StreamPeer does not say that its chunks ended by an error when it has said done", async () => {
  const { peer, frames } = streamPeer({ incoming: false });
  peer.start();
  peer.outgoing.sendDone();
  peer.outgoing.sendError(new Error("No luck"));
  assertEquals(await frames.next(), { done: true });
  await frames.send({ closed: true }); // how it ended, the other end says
  await inTime(peer.closed, "the end");
  assertEquals(await frames.rest(), []);
});

Deno.test("StreamPeer does not say that its chunks ended by a limit when it has said done", async () => {
  const { peer, frames } = streamPeer();
  peer.start();
  peer.outgoing.sendDone();
  await frames.write('{"bytes":67108865}\n');
  await inTime(peer.closed, "the end");
  const said = await frames.rest();
  assertEquals(said.map((frame) => Object.keys(frame)), [["done"], ["cancel"]]);
});

Deno.test("StreamPeer errors a send direction whose done is not answered", async () => {
  const { peer, ends, frames } = streamPeer({ incoming: false });
  peer.start();
  peer.outgoing.sendDone();
  await frames.closeWrite();
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [["cancel", LOST]]);
});

Deno.test("StreamPeer keeps one direction when the other has ended", async () => {
  const { peer, ends, frames } = streamPeer();
  peer.start();
  await frames.send({ error: { message: "No luck" } });
  await ends.until(1);
  peer.send("still here");
  assertEquals(await frames.next(), { value: "still here" });
  peer.outgoing.sendError(new Error("Enough"));
  const { error } = await frames.next() as { error: { message: string } };
  assertEquals(error.message, "Enough");
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [["error", "Error: No luck"]]);
});

Deno.test("StreamPeer sends to a client that has closed its side, with halfClose", async () => {
  const { peer, frames } = streamPeer({ incoming: false, halfClose: true });
  peer.start();
  await frames.closeWrite();
  await atRest();
  peer.send(1);
  assertEquals(await frames.next(), { value: 1 });
  peer.outgoing.sendDone();
  peer.outgoing.finish();
  assertEquals(await inTime(frames.rest(), "the end"), [{ done: true }]);
  await inTime(peer.closed, "the end");
});

Deno.test("StreamPeer notices that a client has gone, with halfClose", async () => {
  const { peer, ends, frames } = streamPeer({
    incoming: false,
    halfClose: true,
  });
  peer.start();
  frames.close();
  await inTime(peer.closed, "the end");
  assertEquals(ends.events, [["cancel", `${LOST} (BrokenPipe)`]]);
});

Deno.test("StreamPeer.end() tells the other end the reason, in both directions", async () => {
  const { peer, ends, frames } = streamPeer();
  peer.start();
  const reason = new Error("Closing");
  const end = peer.end(reason, ErrorCode.closing);
  const rest = await inTime(frames.rest(), "the end");
  await end;
  const told = rest.map((frame) =>
    Object.entries(frame as Record<string, { code: number; message: string }>)
      .map(([name, { code, message }]) => [name, code, message])
  );
  assertEquals(told, [
    [["cancel", -32802, "Closing"]],
    [["error", -32802, "Closing"]],
  ]);
  assertEquals(ends.events, [
    ["error", "Error: Closing"],
    ["cancel", "Error: Closing"],
  ]);
});

Deno.test("StreamPeer.end() says before that all chunks were taken", async () => {
  const { peer, ends, frames } = streamPeer({ outgoing: false });
  const taken = Promise.withResolvers<void>();
  ends.taken = taken.promise;
  peer.start();
  await frames.send({ done: true });
  await ends.until(1);
  const end = peer.end(new Error("Closing"), ErrorCode.closing);
  await atRest();
  taken.resolve();
  assertEquals(await inTime(frames.rest(), "the end"), [{ closed: true }]);
  await end;
});

Deno.test("StreamPeer.end() does not wait for ever for an end that does not read", async () => {
  using timers = new Timers();
  const { peer } = streamPeer({ capacity: 100 });
  peer.start();
  peer.send("x".repeat(1000));
  const end = peer.end(new Error("Closing"), ErrorCode.closing);
  await timers.rest();
  timers.fire();
  await inTime(end, "the end");
});

Deno.test("StreamPeer.destroy() ends both directions once", async () => {
  const { peer, ends, frames } = streamPeer();
  peer.start();
  peer.destroy(new Error("Gone"));
  peer.destroy(new Error("Again"));
  await peer.closed;
  assertEquals(ends.events, [["error", "Error: Gone"], [
    "cancel",
    "Error: Gone",
  ]]);
  assertEquals(peer.send(1), undefined);
  peer.outgoing.sendDone();
  peer.outgoing.sendError("late");
  peer.cancel("late");
  assertEquals(await frames.rest(), []);
});

Deno.test(
  "StreamPeer's chunk that waits for room does not follow the error that ended it",
  async () => {
    for (const size of [60_000, 200_000]) {
      const { peer, frames } = streamPeer({ capacity: 1000 });
      peer.start();
      let blocked = false;
      while (!blocked) blocked = peer.send(new Uint8Array(size)) !== undefined;
      peer.send(new Uint8Array(size).fill(1));
      peer.outgoing.sendError(new Error("Enough"));
      let frame = await frames.next();
      while (frame instanceof Uint8Array) frame = await frames.next();
      assert(frame !== undefined && "error" in frame);
      // What is sent now comes behind all that was to be sent before it.
      peer.cancel(undefined);
      await atRest();
      assertEquals(await frames.next(), { cancel: null });
      peer.destroy();
    }
  },
);
