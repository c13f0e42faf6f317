import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { RpcError } from "../../mod.ts";
import { inTime } from "../testing/deadline.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { joinStreams, startStreams } from "../testing/stream_daemon.ts";

/** What a method may return to be read from: the chunks 1, 2 and 3. */
const READABLES: Record<string, string> = {
  "a ReadableStream": "() => ReadableStream.from([1, 2, 3])",
  "a promise of a ReadableStream":
    "() => Promise.resolve(ReadableStream.from([1, 2, 3]))",
  "an async generator": "async function* () { yield 1; yield 2; yield 3; }",
  "a promise of an async generator":
    "async () => (async function* () { yield* [1, 2, 3]; })()",
  "a custom AsyncIterable": `() => ({
    [Symbol.asyncIterator]() {
      let n = 0;
      return { next: async () => ({ value: ++n, done: n > 3 }) };
    },
  })`,
  "a promise of a custom AsyncIterable": `async () => ({
    async *[Symbol.asyncIterator]() { yield* [1, 2, 3]; },
  })`,
  "an AsyncIterable that has a next page": `() => ({
    next: "page 2",
    async *[Symbol.asyncIterator]() { yield* [1, 2, 3]; },
  })`,
  "an AsyncIterable whose next() is none of an iterator": `() => ({
    next: () => "page 2",
    async *[Symbol.asyncIterator]() { yield* [1, 2, 3]; },
  })`,
  "a promise that is an AsyncIterable as well": `() => ({
    next: async () => ({ value: undefined, done: true }),
    [Symbol.asyncIterator]() { return this; },
    then: (resolve) => resolve(ReadableStream.from([1, 2, 3])),
  })`,
  "a ReadableStream that has a method next()":
    "() => Object.assign(ReadableStream.from([1, 2, 3]), { next: () => 4 })",
};

/** What a method may return to be written to; it tells what it gets. */
const SINK = `{
  write: (chunk) => tell("write", chunk),
  close: () => tell("close"),
}`;
const WRITABLES: Record<string, string> = {
  "a WritableStream": `() => new WritableStream(${SINK})`,
  "a promise of a WritableStream":
    `() => Promise.resolve(new WritableStream(${SINK}))`,
};

const UPPER = `() => new TransformStream({
  transform: (text, out) => out.enqueue(text.toUpperCase()),
})`;

/** What a method may return to be both: it makes upper case. */
const DUPLEXES: Record<string, string> = {
  "a TransformStream": UPPER,
  "a promise of a TransformStream": `async () => (${UPPER})()`,
  "a pair of streams": `() => {
    const { readable, writable } = (${UPPER})();
    return { readable, writable };
  }`,
  "a promise of a pair of streams": `async () => {
    const { readable, writable } = (${UPPER})();
    return { readable, writable };
  }`,
};

for (const [kind, code] of Object.entries(READABLES)) {
  Deno.test(`RpcStream reads ${kind}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ["read:s"], `read: ${code}`);
    const chunks: unknown[] = [];
    const stream = daemon.rpc.read();
    for await (const chunk of stream) chunks.push(chunk);
    assertEquals(chunks, [1, 2, 3]);
    await inTime(stream.closed, "the end of the stream");
  });
}

for (const [kind, code] of Object.entries(WRITABLES)) {
  Deno.test(`RpcStream writes to ${kind}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ["save:s"], `save: ${code}`);
    const stream = daemon.rpc.save();
    const writer = stream.writable.getWriter();
    for (const chunk of [1, "two", { three: 3 }]) await writer.write(chunk);
    await writer.close();
    const events: unknown[] = [];
    for (let i = 0; i < 4; i++) events.push(await daemon.rpc.told());
    assertEquals(events, [
      ["write", 1],
      ["write", "two"],
      ["write", { three: 3 }],
      ["close"],
    ]);
    await inTime(stream.closed, "the end of the stream");
  });
}

for (const [kind, code] of Object.entries(DUPLEXES)) {
  Deno.test(`RpcStream is piped through ${kind}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ["upper:s"], `upper: ${code}`);
    const stream = daemon.rpc.upper();
    const upper = ReadableStream.from(["a", "b", "c"]).pipeThrough(stream);
    assertEquals(await Array.fromAsync(upper), ["A", "B", "C"]);
    await inTime(stream.closed, "the end of the stream");
  });
}

Deno.test("RpcStream is piped through a child process of the daemon", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["cat:s"],
    `cat: () => {
      const child = new Deno.Command("cat", { stdin: "piped", stdout: "piped" })
        .spawn();
      child.status.then(({ code }) => tell("status", code));
      return { readable: child.stdout, writable: child.stdin };
    }`,
    { permissions: { run: ["cat"] } },
  );
  const stream = daemon.rpc.cat();
  const text = "One line\n".repeat(50_000);
  const out = new Blob([text]).stream().pipeThrough(stream);
  assertEquals(
    await new Response(out as ReadableStream<Uint8Array<ArrayBuffer>>).text(),
    text,
  );
  await inTime(stream.closed, "the end of the stream");
  assertEquals(await daemon.rpc.told(), ["status", 0]);
});

Deno.test("RpcStream passes the arguments and the iface of its session on", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["words:s", "id"],
    `words: (...args) => ReadableStream.from([stream.id, ...args]),
    id: () => stream.id`,
  );
  const words = daemon.rpc.words("a", { b: [null] }, 3);
  assertEquals(await Array.fromAsync(words), [
    await daemon.rpc.id(),
    "a",
    { b: [null] },
    3,
  ]);
});

Deno.test("RpcStream's properties give the same streams each time", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["echo:s", "read:s"],
    `echo: () => new TransformStream(),
    read: () => ReadableStream.from([new Uint8Array(1)])`,
  );
  const echo = daemon.rpc.echo();
  assertStrictEquals(echo.readable, echo.readable);
  assertStrictEquals(echo.writable, echo.writable);
  const read = daemon.rpc.read();
  assertStrictEquals(read.bytes, read.bytes);
  await echo[Symbol.asyncDispose]();
  await read[Symbol.asyncDispose]();
});

Deno.test("RpcStream is opened as it is called, and ended by await using", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    `read: () => (tell("called"), new ReadableStream({
      start: (out) => out.enqueue("begun"),
      cancel: (reason) => tell("cancel", plain(reason)),
    }))`,
  );
  let closed: Promise<void>;
  {
    await using stream = daemon.rpc.read();
    closed = stream.closed;
    assertEquals(await daemon.rpc.told(), ["called"]);
    // Until it has begun, its end is that of its connection.
    const reader = stream.readable.getReader();
    assertEquals(await reader.read(), { done: false, value: "begun" });
  }
  await inTime(closed, "the end of the stream");
  assertEquals(await daemon.rpc.told(), ["cancel", {
    name: "AbortError",
    message: "The stream was disposed of",
  }]);
});

Deno.test("RpcStream.bytes reads into the memory of a BYOB reader", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    `read: async function* () {
      yield new Uint8Array([1, 2, 3]);
      yield new Uint8Array(0);
      yield new Uint8Array([4, 5]);
      yield new Uint8Array(300_000).fill(6);
    }`,
  );
  const stream = daemon.rpc.read();
  const reader = stream.bytes.getReader({ mode: "byob" });
  const bytes: number[] = [];
  let memory = new ArrayBuffer(1000);
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(memory));
    if (done) break;
    assertEquals(value.buffer.byteLength, 1000);
    bytes.push(...value);
    memory = value.buffer;
  }
  const expected = [1, 2, 3, 4, 5, ...new Array<number>(300_000).fill(6)];
  assert(
    bytes.length === expected.length &&
      bytes.every((byte, at) => byte === expected[at]),
  );
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.bytes gives a BYOB reader as much as it asks for with min", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    `read: async function* () {
      for (let n = 0; n < 10; n++) yield new Uint8Array([n]);
    }`,
  );
  const reader = daemon.rpc.read().bytes.getReader({ mode: "byob" });
  const { value } = await reader.read(new Uint8Array(16), { min: 7 });
  assert(value !== undefined && value.length >= 7);
  assertEquals([...value], [...Array(value.length).keys()]);
  const rest: number[] = [];
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(16));
    if (done) break;
    rest.push(...value);
  }
  assertEquals([...value, ...rest], [...Array(10).keys()]);
});

Deno.test("RpcStream.bytes is read by a plain reader as well", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    `read: () => ReadableStream.from(["One ", "text"])
      .pipeThrough(new TextEncoderStream())`,
  );
  assertEquals(
    await new Response(daemon.rpc.read().bytes).text(),
    "One text",
  );
});

Deno.test("RpcStream.bytes ends at once where there is no chunk", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    "read: () => ReadableStream.from([])",
  );
  const reader = daemon.rpc.read().bytes.getReader({ mode: "byob" });
  const { done } = await inTime(reader.read(new Uint8Array(1)), "the end");
  assert(done);
});

Deno.test("RpcStream.bytes errors at a chunk that is a JSON value, and cancels the source", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s", "go"],
    `read: () => new ReadableStream({
      async pull(out) {
        out.enqueue(new Uint8Array([1]));
        // An error drops what was not read before it.
        await new Promise((resolve) => globalThis.go = resolve);
        out.enqueue("text");
      },
      cancel: (reason) => tell("cancel", plain(reason)),
    }),
    go: () => globalThis.go()`,
  );
  const stream = daemon.rpc.read();
  const reader = stream.bytes.getReader();
  assertEquals([...(await reader.read()).value!], [1]);
  await daemon.rpc.go();
  await assertRejects(() => reader.read(), TypeError, "use readable");
  await inTime(stream.closed, "the end of the stream");
  assertEquals(await daemon.rpc.told(), ["cancel", {
    name: "TypeError",
    message: "Cannot read a chunk as bytes: it is a JSON value; use readable",
  }]);
});

Deno.test("RpcStream cannot be read by readable and bytes both", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    "read: () => ReadableStream.from([new Uint8Array([1])])",
  );
  const first = daemon.rpc.read();
  assertEquals((await Array.fromAsync(first.readable)).length, 1);
  assertThrows(() => first.bytes, TypeError, '"readable" or "bytes"');
  const second = daemon.rpc.read();
  assertEquals((await Array.fromAsync(second.bytes)).length, 1);
  assertThrows(() => second.readable, TypeError, '"readable" or "bytes"');
});

Deno.test("RpcStream.writable of a method that takes no chunks errors and says so", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    "read: () => ReadableStream.from([1, 2])",
  );
  const stream = daemon.rpc.read();
  const writer = stream.writable.getWriter();
  const message = 'Cannot write: "read" takes no chunks';
  await assertRejects(() => writer.write(1), TypeError, message);
  await assertRejects(() => writer.closed, TypeError, message);
  assertEquals(await Array.fromAsync(stream), [1, 2]);
});

Deno.test("RpcStream.writable.close() of a method that takes no chunks leaves its chunks alone", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s", "go"],
    `go: () => tell("go"),
    read: () => ReadableStream.from((async function* () {
      yield 1;
      yield await told();
    })())`,
  );
  const stream = daemon.rpc.read();
  const message = 'Cannot write: "read" takes no chunks';
  // Before it is open, when what it takes is not known.
  const closing = assertRejects(
    () => stream.writable.close(),
    TypeError,
    message,
  );
  const reader = stream.readable.getReader();
  assertEquals((await reader.read()).value, 1);
  await closing;
  await daemon.rpc.go();
  assertEquals((await reader.read()).value, ["go"]);
  assertEquals((await reader.read()).done, true);
});

Deno.test("RpcStream.readable of a method that sends no chunks ends at once", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["save:s"],
    "save: () => new WritableStream()",
  );
  const stream = daemon.rpc.save();
  assertEquals(await Array.fromAsync(stream.readable), []);
});

Deno.test('A stream method that is listed without ":s" is a -32600 that says so', async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read", "save", "one"],
    `read: () => new ReadableStream({
      cancel: (reason) => tell("cancel", plain(reason).name),
    }),
    save: async () => new WritableStream({
      abort: (reason) => tell("abort", plain(reason).name),
    }),
    one: () => 1`,
  );
  for (const name of ["read", "save"] as const) {
    const error = await assertRejects(
      () => daemon.rpc[name](),
      RpcError,
      `list it as "${name}:s"`,
    );
    assertEquals(error.code, -32600);
  }
  // What nobody gets is not left open, and the connection goes on.
  assertEquals(await daemon.rpc.told(), ["cancel", "TypeError"]);
  assertEquals(await daemon.rpc.told(), ["abort", "TypeError"]);
  assertEquals(await daemon.rpc.one(), 1);
});

Deno.test('A plain method that is listed with ":s" is a -32600 that says so', async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["one:s", "later:s"],
    "one: () => 1, later: async () => ({ readable: 1, writable: 2 })",
  );
  for (const name of ["one", "later"] as const) {
    const stream = daemon.rpc[name]();
    const writer = stream.writable.getWriter();
    for (
      const use of [
        () => stream.readable.getReader().read(),
        () => writer.write(1),
        () => writer.closed,
      ]
    ) {
      const error = await assertRejects(
        use,
        RpcError,
        `"${name}" returns no stream; list it without ":s"`,
      );
      assertEquals(error.code, -32600);
    }
    await inTime(stream.closed, "the end of the stream");
  }
});

Deno.test("A stream method that the daemon lacks is told when connecting", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["ticks:s"],
    "ticks: () => ReadableStream.from([1])",
  );
  assert(daemon.connection.spawned);
  await assertRejects(
    () => joinStreams(box, ["tick:s"]),
    Error,
    "tick",
  );
});

Deno.test("A stream that is in use already is an error", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    `read: () => {
      const readable = ReadableStream.from([1]);
      readable.getReader();
      return readable;
    }`,
  );
  const stream = daemon.rpc.read();
  const error = await assertRejects(() => Array.fromAsync(stream), RpcError);
  assertEquals([error.code, error.remoteName], [-32000, "TypeError"]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream of another daemon can be returned as it is", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["echo:s"],
    `echo: () => {
      const { readable, writable } = new TransformStream();
      return {
        readable,
        writable,
        [Symbol.asyncIterator]: () => readable[Symbol.asyncIterator](),
      };
    }`,
  );
  const echoed = ReadableStream.from([1, 2]).pipeThrough(daemon.rpc.echo());
  assertEquals(await Array.fromAsync(echoed), [1, 2]);
});

Deno.test("RpcStream's method gets its arguments as that of a call does", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["given:s"],
    `given: async function* (n = 7) { yield n; }`,
  );
  const { rpc } = daemon;
  assertEquals(await Array.fromAsync(rpc.given(undefined)), [7]);
  const error = await assertRejects(
    () => Array.fromAsync(rpc.given(1n)),
    TypeError,
  );
  assert(error.message.startsWith('Cannot call "given": its arguments'));
});
