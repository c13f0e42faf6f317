import {
  assert,
  assertEquals,
  assertRejects,
  assertThrows,
  fail,
} from "@std/assert";
import { toLimits } from "../limits.ts";
import { inTime } from "../testing/deadline.ts";
import { memoryPair, type MemoryPairOptions } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { Clock } from "../testing/clock.ts";
import { PlainFrames } from "../testing/plain_frames.ts";
import { TickCounter } from "../testing/tick_counter.ts";
import type { Duplex } from "./duplex.ts";
import { MAX_CHUNK_BYTES } from "./frame.ts";
import { FrameWriter } from "./frame_writer.ts";

const LIMITS = toLimits({});

function writerPair(
  options: MemoryPairOptions = {},
): {
  writer: FrameWriter;
  frames: PlainFrames;
  errors: unknown[];
  near: Duplex;
} {
  const [near, far] = memoryPair(options);
  const errors: unknown[] = [];
  const writer = new FrameWriter(near, LIMITS, (error) => errors.push(error));
  return { writer, frames: new PlainFrames(far), errors, near };
}

/** A sink whose writes end when the test lets them. */
class SlowSink implements Duplex {
  readonly writes: Uint8Array[] = [];
  readonly #waiting: PromiseWithResolvers<void>[] = [];

  async write(bytes: Uint8Array): Promise<number> {
    const end = Promise.withResolvers<void>();
    this.#waiting.push(end);
    await end.promise;
    this.writes.push(bytes.slice());
    return bytes.length;
  }

  /** Lets the write that is under way end, and waits for the next. */
  async pass(): Promise<void> {
    this.#waiting.shift()?.resolve();
    await atRest();
  }

  read(): Promise<null> {
    return Promise.resolve(null);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}
}

Deno.test("FrameWriter leaves out what is nested deeper than the other end takes", async () => {
  const [near, far] = memoryPair();
  const limits = { ...LIMITS, maxDepth: 8 };
  const writer = new FrameWriter(near, limits, (error) => fail(`${error}`));
  const nested = (levels: number): unknown =>
    levels === 0 ? 1 : [nested(levels - 1)];
  const error = (levels: number) => ({
    code: -32000,
    message: "m",
    data: nested(levels),
  });
  for (const levels of [6, 7]) writer.control({ cancel: error(levels) });
  await writer.flushed();
  near.close();
  assertEquals(await new PlainFrames(far).rest(), [
    { cancel: error(6) },
    { cancel: { code: -32000, message: "m" } },
  ]);
});

Deno.test("FrameWriter writes values, bytes and control frames in order", async () => {
  const { writer, frames, near } = writerPair();
  writer.line('{"id":1}');
  writer.send(1);
  writer.send(new Uint8Array([10, 0]));
  writer.send(undefined);
  writer.send(new Uint8Array(0));
  writer.control({ done: true });
  await writer.flushed();
  near.close();
  assertEquals(await frames.rest(), [
    { id: 1 },
    { value: 1 },
    new Uint8Array([10, 0]),
    { value: null },
    new Uint8Array(0),
    { done: true },
  ]);
});

Deno.test("FrameWriter writes the first frame at once, and gathers the others behind it", async () => {
  const sink = new SlowSink();
  const writer = new FrameWriter(sink, LIMITS, () => {});
  for (let n = 0; n < 100; n++) assertEquals(writer.send(n), undefined);
  writer.send(new Uint8Array(1000));
  writer.control({ done: true });
  const flushed = writer.flushed();
  await sink.pass();
  await sink.pass();
  await inTime(flushed, "the flush");
  const texts = sink.writes.map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(texts.length, 2);
  assertEquals(texts[0], '{"value":0}\n');
  const lines = texts.join("").split("\n");
  assertEquals(lines.slice(0, 100).map((line) => JSON.parse(line).value), [
    ...Array(100).keys(),
  ]);
  assertEquals(lines[100], '{"bytes":1000}');
  assert(texts[1].endsWith('{"done":true}\n'));
});

Deno.test("FrameWriter gathers what a source gives one after the other for long, up to what is worth a write", async () => {
  const [near] = memoryPair();
  let largest = 0;
  const write = (bytes: Uint8Array) => {
    largest = Math.max(largest, bytes.length);
    return Promise.resolve(bytes.length);
  };
  const writer = new FrameWriter({ ...near, write }, LIMITS, () => {});
  let frames = 0;
  for (; largest < 64 * 1024; frames++) {
    assert(frames < 100_000, "nothing was gathered");
    assertEquals(writer.send(new Uint8Array(4096)), undefined);
    if (frames < 64) assert(largest < 4200, "the first were not sent at once");
    for (let hop = 0; hop < 20; hop++) await undefined; // as pipeTo() takes
  }
  assert(frames > 64);
  await inTime(writer.flushed(), "the flush");
});

Deno.test("FrameWriter lets others have their turn while small frames come on and on", async () => {
  const [near] = memoryPair();
  const write = (bytes: Uint8Array) => Promise.resolve(bytes.length);
  const writer = new FrameWriter({ ...near, write }, LIMITS, () => {});
  let isOver = false;
  const turn = atRest().then(() => isOver = true);
  for (let frames = 0; !isOver; frames++) {
    assert(frames < 2_000_000, "nobody else has had a turn");
    await writer.send(frames);
  }
  await turn;
  await inTime(writer.flushed(), "the flush");
});

for (const count of [1, 10]) {
  Deno.test(`FrameWriter has begun to write each of ${count} frames when send() returns`, async () => {
    const [near] = memoryPair();
    let writes = 0;
    const write = (bytes: Uint8Array) => {
      writes++;
      return Promise.resolve(bytes.length);
    };
    const writer = new FrameWriter({ ...near, write }, LIMITS, () => {});
    for (let n = 1; n <= count; n++) {
      writer.send(n);
      assertEquals(writes, n);
      await writer.flushed();
    }
  });
}

Deno.test("FrameWriter makes chunks wait when much is gathered, and no longer than that", async () => {
  for (
    const chunk of ["a".repeat(1000), new Uint8Array(1000), "€", 1.5] as const
  ) {
    const sink = new SlowSink();
    const writer = new FrameWriter(sink, LIMITS, () => {});
    let sent = 0;
    let room: Promise<void> | undefined;
    while (room === undefined && sent < 1e6) {
      room = writer.send(chunk);
      sent++;
    }
    const size = typeof chunk === "object"
      ? 1000
      : JSON.stringify(chunk).length;
    assert(sent * size < 512 * 1024, `${sent} of ${size}`);
    let waits = true;
    room!.then(() => waits = false);
    await atRest();
    assert(waits, "it waits for the write");
    await sink.pass();
    await inTime(room!, "room");
    for (let i = 0; i < 10; i++) await sink.pass();
    await inTime(writer.flushed(), "the flush");
  }
});

Deno.test("FrameWriter copies chunks that it gathers, and others until they are written", async () => {
  const sizes = [10, 4095, 60_000, 131_071, 131_072, 300_000];
  const { writer, frames, near } = writerPair({ capacity: 5000 });
  const memory = new Uint8Array(300_000);
  const sending = (async () => {
    for (let n = 0; n < 60; n++) {
      const chunk = memory.subarray(0, sizes[n % sizes.length]).fill(n);
      await writer.send(chunk);
    }
    memory.fill(255);
    await writer.flushed();
    near.close();
  })();
  const rest = await inTime(frames.rest(), "all frames");
  await sending;
  assertEquals(rest.length, 60);
  for (const [n, chunk] of rest.entries()) {
    assert(chunk instanceof Uint8Array);
    assertEquals(chunk.length, sizes[n % sizes.length]);
    assert(chunk.every((byte) => byte === n), `chunk ${n}`);
  }
});

Deno.test("FrameWriter keeps the order of small and large chunks, with control frames among them", async () => {
  for (const maxWrite of [1000, 100_000, Infinity]) {
    const { writer, frames, near } = writerPair({ capacity: 50_000, maxWrite });
    const chunks = Array.from({ length: 100 }, (_, n) => {
      if (n % 7 === 0) return new Uint8Array(140_000).fill(n);
      if (n % 5 === 0) return "€".repeat(50_000);
      return n % 3 === 0 ? new Uint8Array(n) : n;
    });
    const sending = (async () => {
      for (const [n, chunk] of chunks.entries()) {
        await writer.send(chunk);
        if (n % 10 === 0) writer.control({ closed: true });
      }
      writer.control({ done: true });
      await writer.flushed();
      near.close();
    })();
    const rest = await inTime(frames.rest(), "all frames");
    await sending;
    const controls = rest.filter((frame) => "closed" in frame);
    assertEquals(controls.length, 10);
    assertEquals(rest.at(-1), { done: true });
    const got = rest.slice(0, -1).filter((frame) => !("closed" in frame))
      .map((frame) => frame instanceof Uint8Array ? frame : frame.value);
    assertEquals(got.length, chunks.length);
    for (const [n, chunk] of got.entries()) {
      const sent = chunks[n];
      if (typeof sent === "object") {
        assert(
          chunk instanceof Uint8Array && chunk.length === sent.length &&
            chunk.every((byte, at) => byte === sent[at]),
        );
      } else assert(chunk === sent, `chunk ${n}`);
    }
  }
});

Deno.test("FrameWriter writes a control frame while a large chunk waits", async () => {
  const { writer, frames, near } = writerPair({ capacity: 1000 });
  const first = writer.send(new Uint8Array(200_000).fill(1));
  const second = writer.send(new Uint8Array(200_000).fill(2));
  writer.control({ cancel: null });
  const order: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const frame = await inTime(frames.next(), "a frame");
    order.push(frame instanceof Uint8Array ? frame[0] : frame);
  }
  await inTime(Promise.all([first, second]), "the chunks");
  assertEquals(order.toSorted(), [1, 2, { cancel: null }]);
  near.close();
});

Deno.test("FrameWriter writes a long cancel that waits, also when the chunks end meanwhile", async () => {
  const sink = new SlowSink();
  const writer = new FrameWriter(sink, LIMITS, () => {});
  const cancel = { code: -32000, message: "x".repeat(200_000) };
  writer.send(1);
  writer.control({ cancel });
  writer.send(new Uint8Array(200_000));
  writer.control({ done: true });
  const flushed = writer.flushed();
  await sink.pass();
  await sink.pass();
  await inTime(flushed, "the flush");
  const text = sink.writes.map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(
    text.join("").split("\n").slice(0, -1).map((line) => JSON.parse(line)),
    [
      { value: 1 },
      { cancel },
      { done: true },
    ],
  );
});

Deno.test("FrameWriter throws at what cannot be sent, and goes on", async () => {
  const { writer, frames, near } = writerPair();
  assertThrows(() => writer.send(1n), TypeError);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  assertThrows(() => writer.send(cycle), TypeError);
  assertThrows(
    () => writer.send(new Uint8Array(MAX_CHUNK_BYTES + 1)),
    RangeError,
    `${MAX_CHUNK_BYTES + 1} bytes`,
  );
  writer.send(1);
  await writer.flushed();
  near.close();
  assertEquals(await frames.rest(), [{ value: 1 }]);
});

Deno.test("FrameWriter tells once why it cannot write, and drops what comes later", async () => {
  const { writer, frames, errors } = writerPair({ capacity: 100 });
  const sends = [
    writer.send(new Uint8Array(200_000)),
    writer.send(new Uint8Array(200_000)),
    writer.send("a".repeat(100_000)),
    writer.send(1),
  ];
  await atRest();
  frames.close();
  for (const room of sends) await inTime(room ?? Promise.resolve(), "an end");
  await inTime(writer.flushed(), "the flush");
  assertEquals(errors.length, 1);
  assert(errors[0] instanceof Deno.errors.BrokenPipe);
  await inTime(writer.send(new Uint8Array(200_000)) ?? Promise.resolve(), "no");
  assertEquals(writer.send(1), undefined);
  writer.control({ done: true });
  await inTime(writer.flushed(), "the flush");
  assertEquals(errors.length, 1);
});

Deno.test("FrameWriter lets those go that wait for room when writing fails", async () => {
  const { writer, frames, errors } = writerPair({ capacity: 100 });
  let room: Promise<void> | undefined;
  while (room === undefined) room = writer.send(new Uint8Array(10_000));
  frames.close();
  await inTime(room, "the end of the wait");
  await inTime(writer.flushed(), "the flush");
  assertEquals(errors.length, 1);
});

Deno.test("FrameWriter has nothing to flush before it was used and afterwards", async () => {
  const { writer, frames, near } = writerPair();
  await inTime(writer.flushed(), "nothing");
  writer.send(1);
  await inTime(writer.flushed(), "one frame");
  await inTime(writer.flushed(), "nothing");
  near.close();
  assertEquals(await frames.rest(), [{ value: 1 }]);
});

Deno.test("FrameWriter cuts an error to what a line may have, and leaves out what has no JSON", async () => {
  const [near, far] = memoryPair();
  const writer = new FrameWriter(
    near,
    toLimits({ maxMessageBytes: 300 }),
    () => {},
  );
  const frames = new PlainFrames(far);
  const long = "x".repeat(300);
  writer.control({ cancel: { code: 1, message: "m", data: { stack: long } } });
  writer.control({ cancel: { code: 2, message: "m", data: 10n } });
  writer.control({ error: { code: 3, message: long } });
  await writer.flushed();
  near.close();
  const cut = `${long.slice(0, 100)}…`;
  assertEquals(await frames.rest(), [
    { cancel: { code: 1, message: "m" } },
    { cancel: { code: 2, message: "m" } },
    { error: { code: 3, message: cut } },
  ]);
});

Deno.test("FrameWriter sends no error that makes its frame longer than a line may be", async () => {
  const maxMessageBytes = 300;
  for (let length = 200; length <= maxMessageBytes; length++) {
    const [near, far] = memoryPair();
    const limits = toLimits({ maxMessageBytes });
    const writer = new FrameWriter(near, limits, (error) => fail(`${error}`));
    const error = { code: 1, message: "x".repeat(length) };
    writer.control({ cancel: error });
    writer.control({ error });
    await writer.flushed();
    near.close();
    for (const frame of await new PlainFrames(far).rest()) {
      const line = JSON.stringify(frame);
      assert(line.length <= maxMessageBytes, `${length}: ${line}`);
    }
  }
});

for (
  const [what, chunk, most] of [
    ["values", "word", 9 * 1024],
    ["small chunks of bytes", new Uint8Array(4096), 24 * 1024],
    ["large chunks of bytes", new Uint8Array(128 * 1024), 128 * 1024],
  ] as const
) {
  Deno.test(`FrameWriter writes ${what} in small pieces beside calls, and gives others their turn after each`, async () => {
    using _clock = new Clock(); // no call is over
    await using ticks = new TickCounter();
    const writes: { bytes: number; at: number }[] = [];
    const sink: Duplex = {
      write(bytes) {
        writes.push({ bytes: bytes.length, at: ticks.count });
        return Promise.resolve(bytes.length);
      },
      read: () => Promise.resolve(null),
      closeWrite: () => Promise.resolve(),
      close() {},
    };
    const writer = new FrameWriter(
      sink,
      LIMITS,
      (error) => fail(`${error}`),
      () => writes.length,
    );
    const send = async () => {
      while (writes.length < 200) await writer.send(chunk);
      await writer.flushed();
    };
    await inTime(send(), "all chunks");
    let last = -Infinity;
    for (const { bytes, at } of writes.slice(-50)) {
      assert(bytes <= most, `${bytes} bytes`);
      if (bytes < 20) continue; // the header of a large one
      assert(at - last >= 60, `${at - last} ticks`);
      last = at;
    }
  });
}

Deno.test("FrameWriter is done at once when a write beside calls has failed", async () => {
  using _clock = new Clock(); // no call is over
  await using ticks = new TickCounter();
  let writes = 0;
  let failedAt = -Infinity;
  const sink: Duplex = {
    write(bytes) {
      if (++writes < 5) return Promise.resolve(bytes.length);
      failedAt = ticks.count;
      return Promise.reject(new Error("gone"));
    },
    read: () => Promise.resolve(null),
    closeWrite: () => Promise.resolve(),
    close() {},
  };
  const writer = new FrameWriter(sink, LIMITS, () => {}, () => writes);
  const send = async () => {
    for (let i = 0; i < 20; i++) await writer.send(new Uint8Array(16 * 1024));
    await writer.flushed();
  };
  await inTime(send(), "all chunks");
  assert(ticks.count - failedAt < 60, `${ticks.count - failedAt} ticks`);
});

Deno.test("FrameWriter.send() rejects for bytes whose memory goes while they wait, and sends on", async () => {
  const sink = new SlowSink();
  const writer = new FrameWriter(sink, LIMITS, () => fail());
  const bytes = new Uint8Array(200_000);
  const first = writer.send(1);
  const second = writer.send(bytes);
  second?.catch(() => {}); // it is waited for below
  bytes.buffer.transfer();
  await sink.pass();
  await assertRejects(
    async () => await second,
    TypeError,
    "Cannot send 200000 bytes: their memory has 0 of them by now; send a copy",
  );
  await first;
  writer.send(2);
  await sink.pass();
  const text = sink.writes.map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(text, ['{"value":1}\n', '{"value":2}\n']);
});

Deno.test("FrameWriter fails at bytes whose memory goes while they are written", async () => {
  const bytes = new Uint8Array(200_000);
  const errors: unknown[] = [];
  const writes: number[] = [];
  const sink = Object.assign(new SlowSink(), {
    write(part: Uint8Array): Promise<number> {
      writes.push(part.length);
      const isHeader = part.length < 100;
      if (!isHeader) bytes.buffer.transfer();
      return Promise.resolve(isHeader ? part.length : 1000);
    },
  });
  const writer = new FrameWriter(sink, LIMITS, (error) => errors.push(error));
  await writer.send(bytes);
  writer.send("behind it");
  await writer.flushed();
  assertEquals(writes, ['{"bytes":200000}\n'.length, 200_000]);
  assertEquals(errors.length, 1);
  assert(errors[0] instanceof TypeError);
  assert(errors[0].message.startsWith("Cannot send 200000 bytes"));
});
