import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { RpcError } from "../../mod.ts";
import { inTime } from "../testing/deadline.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { startStreams } from "../testing/stream_daemon.ts";

const ECHO = "echo: () => new TransformStream()";

/** Both sides of each limit that a reader or writer of frames has. */
const SIZES = [4, 16, 64, 128, 256]
  .flatMap((kib) => [kib * 1024 - 1, kib * 1024, kib * 1024 + 1]);

/** A sink that tells whether each chunk was `sizes[n]` bytes, all of them n. */
const CHECKED = `checked: (sizes) => {
  const chunks = [];
  return new WritableStream({
    write: (chunk) => void chunks.push(chunk),
    close: () => tell(
      chunks.length === sizes.length && chunks.every((chunk, n) =>
        chunk.length === sizes[n] && chunk.every((byte) => byte === n % 256)),
    ),
  });
}`;

/** Chunks that all lie in the same memory, each filled with its number. */
async function* reused(sizes: number[]): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(Math.max(...sizes) + 7);
  for (const [n, size] of sizes.entries()) {
    yield await Promise.resolve(memory.subarray(7, 7 + size).fill(n));
    memory.fill(255);
  }
}

/** Random bytes, of any number. */
function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65536));
  }
  return bytes;
}

/** Whether both are the same bytes; tells it faster than an assertion for megabytes of them. */
function sameBytes(a: unknown, b: Uint8Array): boolean {
  return a instanceof Uint8Array && a.length === b.length &&
    a.every((byte, at) => byte === b[at]);
}

Deno.test("RpcStream carries JSON values and bytes in order, as they are", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ["echo:s"], ECHO);
  const chunks = [
    0,
    new Uint8Array([0, 10, 13, 255]),
    "",
    new Uint8Array(0),
    false,
    null,
    true,
    -1.5e300,
    { deep: [{ er: { null: null, list: [[], {}] } }], "": 1 },
    new TextEncoder().encode('{"done":true}\n'),
    "Zeilen\n\r\n\u2028 und \u0000 ä 𝄞",
    [],
    {},
    { value: 1 },
    { bytes: 3 },
    { done: true },
    { error: {} },
    new Uint8Array([1]),
    "the last",
  ];
  const echoed = ReadableStream.from(chunks).pipeThrough(daemon.rpc.echo());
  assertEquals(await Array.fromAsync(echoed), chunks);
});

Deno.test("RpcStream carries undefined as null", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["echo:s", "read:s"],
    `${ECHO}, read: () => ReadableStream.from([undefined, () => {}])`,
  );
  const echoed = ReadableStream.from([undefined]).pipeThrough(
    daemon.rpc.echo(),
  );
  assertEquals(await Array.fromAsync(echoed), [null]);
  assertEquals(await Array.fromAsync(daemon.rpc.read()), [null, null]);
});

Deno.test("RpcStream carries 16 MiB chunks to the last bit", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ["echo:s"], ECHO);
  const chunks = [randomBytes(16 * 1024 * 1024), randomBytes(16 * 1024 * 1024)];
  const echoed = ReadableStream.from(chunks).pipeThrough(daemon.rpc.echo());
  let n = 0;
  for await (const chunk of echoed) assert(sameBytes(chunk, chunks[n++]));
  assertEquals(n, 2);
});

Deno.test("RpcStream.bytes gives 16 MiB chunks to the last bit", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ["echo:s"], ECHO);
  const all = randomBytes(16 * 1024 * 1024);
  const stream = daemon.rpc.echo();
  const sent = ReadableStream.from([all]).pipeTo(stream.writable);
  const got = await new Response(stream.bytes).bytes();
  await sent;
  assert(sameBytes(got, all));
});

Deno.test("RpcStream carries chunks of the sizes around its limits, among values", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ["echo:s"], ECHO);
  const chunks = SIZES.flatMap((size) => [size, randomBytes(size), `${size}`]);
  const echoed = ReadableStream.from(chunks).pipeThrough(daemon.rpc.echo());
  let n = 0;
  for await (const chunk of echoed) {
    const sent = chunks[n++];
    if (sent instanceof Uint8Array) assert(sameBytes(chunk, sent), `at ${n}`);
    else assertEquals(chunk, sent);
  }
  assertEquals(n, chunks.length);
});

Deno.test("RpcStream carries texts of the sizes around its limits", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ["echo:s"], ECHO);
  // Characters of one to four bytes, so that cuts are within them as well.
  const chunks = SIZES.flatMap((size) =>
    ["a", "ä", "€", "𝄞"].map((one) => one.repeat(size / 2).slice(0, size))
  );
  const echoed = ReadableStream.from(chunks).pipeThrough(daemon.rpc.echo());
  let n = 0;
  for await (const chunk of echoed) assert(chunk === chunks[n++], `at ${n}`);
  assertEquals(n, chunks.length);
});

Deno.test("RpcStream.readable carries 300,000 small values in order", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["numbers:s"],
    "async *numbers(n) { for (let i = 0; i < n; i++) yield i; }",
  );
  let next = 0;
  for await (const n of daemon.rpc.numbers(300_000)) assert(n === next++);
  assertEquals(next, 300_000);
});

Deno.test("RpcStream.writable carries 300,000 small values in order", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["count:s"],
    `count: () => {
      let next = 0;
      return new WritableStream({
        write(n) { if (n !== next++) throw new Error("Out of order: " + n); },
        close: () => tell(next),
      });
    }`,
  );
  const numbers = Array.from({ length: 300_000 }, (_, n) => n);
  await ReadableStream.from(numbers).pipeTo(daemon.rpc.count().writable);
  assertEquals(await daemon.rpc.told(), [300_000]);
});

const REUSED: Record<string, number[]> = {
  small: new Array<number>(3000).fill(1000),
  middling: new Array<number>(200).fill(20_000),
  large: new Array<number>(40).fill(130_000),
  mixed: Array.from({ length: 200 }, (_, n) => SIZES[n % SIZES.length]),
};

for (const [name, sizes] of Object.entries(REUSED)) {
  Deno.test(`RpcStream.readable is not harmed by a source that reuses its memory: ${name} chunks`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["reused:s"],
      `async ${reused.toString().replace("async function*", "*")}`,
    );
    // Looked at when all have come, so that none may change later.
    const chunks = await Array.fromAsync(daemon.rpc.reused(sizes));
    assertEquals(chunks.map((chunk) => (chunk as Uint8Array).length), sizes);
    for (const [n, chunk] of chunks.entries()) {
      assert((chunk as Uint8Array).every((byte) => byte === n % 256), `${n}`);
    }
  });

  Deno.test(`RpcStream.writable is not harmed by a source that reuses its memory: ${name} chunks`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ["checked:s"], CHECKED);
    await ReadableStream.from(reused(sizes))
      .pipeTo(daemon.rpc.checked(sizes).writable);
    assertEquals(await daemon.rpc.told(), [true]);
  });
}

Deno.test("RpcStream sends what a part of a buffer holds, and no more of it", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["echo:s", "part:s"],
    `${ECHO}, part: () => {
      const bytes = Uint8Array.from({ length: 300_000 }, (_, n) => n);
      return ReadableStream.from([bytes.subarray(5, 8), bytes.subarray(7)]);
    }`,
  );
  const all = Uint8Array.from({ length: 300_000 }, (_, n) => n);
  const parts = [all.subarray(5, 8), all.subarray(7)];
  const echoed = ReadableStream.from(parts).pipeThrough(daemon.rpc.echo());
  for (const stream of [echoed, daemon.rpc.part().readable]) {
    const chunks = await Array.fromAsync(stream);
    assertEquals(chunks.length, 2);
    assert(sameBytes(chunks[0], parts[0]) && sameBytes(chunks[1], parts[1]));
  }
});

const UNWRITABLE = "Cannot send the chunk: it cannot be written as JSON: ";

const UNSERIALISABLE: Record<string, string> = {
  "a BigInt": "1n",
  "a cycle": "(() => { const a = {}; a.a = a; return a; })()",
};

for (const [name, code] of Object.entries(UNSERIALISABLE)) {
  Deno.test(`RpcStream.readable errors at ${name}, after the chunks before it`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["read:s"],
      `read: async function* () {
        try { yield 1; yield ${code}; yield 2; } finally { tell("finally"); }
      }`,
    );
    const stream = daemon.rpc.read();
    const reader = stream.readable.getReader();
    assertEquals((await reader.read()).value, 1);
    const error = await assertRejects(() => reader.read(), RpcError);
    assertEquals([error.code, error.remoteName], [-32000, "TypeError"]);
    assertStringIncludes(error.message, UNWRITABLE);
    await inTime(stream.closed, "the end of the stream");
    assertEquals(await daemon.rpc.told(), ["finally"]);
  });

  // FrameWriter.send() throws within the sink's write, which errors the
  // writable and calls nobody's abort: the daemon is not told.
  Deno.test(
    `RpcStream.writable errors at ${name}, on both sides`,
    async () => {
      await using box = new Sandbox();
      await using daemon = await startStreams(
        box,
        ["save:s"],
        `save: () => new WritableStream({
        abort: (reason) => tell("abort", plain(reason).name),
      })`,
      );
      const stream = daemon.rpc.save();
      const writer = stream.writable.getWriter();
      writer.closed.catch(() => {});
      await writer.write(1);
      await assertRejects(
        () => writer.write((0, eval)(code)),
        TypeError,
        UNWRITABLE,
      );
      assertEquals(await inTime(daemon.rpc.told(), "the sink's abort"), [
        "abort",
        "TypeError",
      ]);
      await inTime(stream.closed, "the end of the stream");
    },
  );
}

Deno.test("RpcStream.readable errors at a chunk of more than 64 MiB", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    "read: () => ReadableStream.from([new Uint8Array(64 * 1024 * 1024 + 1)])",
  );
  const stream = daemon.rpc.read();
  const error = await assertRejects(() => Array.fromAsync(stream), RpcError);
  assertEquals(error.remoteName, "RangeError");
  await inTime(stream.closed, "the end of the stream");
});

// FrameWriter.line() knows no limit, and the reader of the other side takes the
// line for a broken connection.
Deno.test(
  "RpcStream.readable errors at a value longer than a line may be, and says so",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["read:s"],
      `read: () => ReadableStream.from(["a".repeat(10 * 1024 * 1024)])`,
    );
    const stream = daemon.rpc.read();
    const error = await assertRejects(() => Array.fromAsync(stream), RpcError);
    assertEquals(error.remoteName, "RangeError");
  },
);

Deno.test(
  "RpcStream.writable rejects the write of a value longer than a line may be",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["save:s"],
      "save: () => new WritableStream()",
    );
    const writer = daemon.rpc.save().writable.getWriter();
    writer.closed.catch(() => {});
    await assertRejects(
      () => writer.write("a".repeat(10 * 1024 * 1024)),
      RangeError,
    );
  },
);
