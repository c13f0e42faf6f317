import { assert, assertEquals, assertFalse } from "@std/assert";
import { inTime } from "../testing/deadline.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { Script } from "../testing/script.ts";
import { settled, startStreams } from "../testing/stream_daemon.ts";

const MIB = 1024 * 1024;

/** A source of 1 GiB whose chunks are `chunk`; `pulled` tells how far it got. */
function source(chunk: string, size: number): string {
  return `big: () => new ReadableStream({
      pull(out) {
        globalThis.pulled = (globalThis.pulled ?? 0) + ${size};
        if (globalThis.pulled > 1024 * ${MIB}) out.close();
        else out.enqueue(${chunk});
      },
      cancel: () => tell("cancel"),
    }),
    pulled: () => globalThis.pulled ?? 0`;
}

/** Resolves when the daemon's source was asked for something. */
async function begun(pulled: () => Promise<unknown>): Promise<void> {
  while (await pulled() === 0);
}

const SOURCES: Record<string, [chunk: string, size: number, limit: number]> = {
  "64 KiB": ["new Uint8Array(65536)", 65536, 4 * MIB],
  "1 MiB": ["new Uint8Array(1048576)", MIB, 4 * MIB],
  "100 bytes": ["new Uint8Array(100)", 100, 4 * MIB],
  // A value is far more at its source than what `size` counts, so there is none.
  "values": ["globalThis.pulled", 1, 4 * MIB],
  "texts of 1 MiB": ["'a'.repeat(1048576)", MIB, 8 * MIB],
};

for (const [name, [chunk, size, limit]] of Object.entries(SOURCES)) {
  Deno.test(
    `RpcStream.readable stops the producer when nobody reads: ${name}`,
    async () => {
      await using box = new Sandbox();
      await using daemon = await startStreams(
        box,
        ["big:s", "pulled"],
        source(chunk, size),
      );
      const pulled = async () => Number(await daemon.rpc.pulled());
      const stream = daemon.rpc.big();
      await begun(pulled);
      const untouched = await settled(pulled, pulled);
      assert(untouched > 0 && untouched < limit, `${untouched}`);
      // It goes on, and stops again, when some of it is read.
      const reader = stream.readable.getReader();
      let read = 0;
      while (read < 2 * limit) {
        const { value } = await reader.read();
        read += value instanceof Uint8Array
          ? value.length
          : typeof value === "string"
          ? value.length
          : 1;
        if (size === 1 && read > 100_000) break;
      }
      const stopped = await settled(pulled, pulled);
      assert(
        stopped >= read && stopped < read + limit,
        `${stopped} of ${read}`,
      );
      await reader.cancel();
      await inTime(stream.closed, "the end of the stream");
      assertEquals(await daemon.rpc.told(), ["cancel"]);
    },
  );
}

Deno.test("RpcStream.bytes stops the producer when nobody reads", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["big:s", "pulled"],
    source("new Uint8Array(65536)", 65536),
  );
  const pulled = async () => Number(await daemon.rpc.pulled());
  const stream = daemon.rpc.big();
  const reader = stream.bytes.getReader({ mode: "byob" });
  let read = 0;
  while (read < 8 * MIB) {
    const { value } = await reader.read(new Uint8Array(100_000));
    read += value!.length;
  }
  const stopped = await settled(pulled, pulled);
  assert(stopped >= read && stopped < read + 4 * MIB, `${stopped} of ${read}`);
  await reader.cancel();
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.readable stops an async generator when nobody reads", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["numbers:s", "yielded"],
    `async *numbers() {
      try {
        for (let n = 0;; n++) {
          globalThis.n = n;
          yield new Uint8Array(10_000);
        }
      } finally { tell("finally"); }
    },
    yielded: () => globalThis.n ?? 0`,
  );
  const yielded = async () => Number(await daemon.rpc.yielded());
  const stream = daemon.rpc.numbers();
  await begun(yielded);
  const stopped = await settled(yielded, yielded);
  assert(stopped < 400, `${stopped}`);
  await stream[Symbol.asyncDispose]();
  assertEquals(await daemon.rpc.told(), ["finally"]);
});

/** A sink that takes nothing more until `go` is called. */
const GATED = `save: () => {
    const gate = new Promise((resolve) => globalThis.go = resolve);
    return new WritableStream({
      async write(chunk) {
        globalThis.taken = (globalThis.taken ?? 0) + 1;
        await gate;
      },
      close: () => tell("close", globalThis.taken),
      abort: (reason) => tell("abort", plain(reason)),
    });
  },
  go: () => globalThis.go(),
  taken: () => globalThis.taken ?? 0`;

for (
  const [name, chunk, limit] of [
    ["100 bytes", new Uint8Array(100), 4 * MIB],
    ["64 KiB", new Uint8Array(65536), 4 * MIB],
    ["1 MiB", new Uint8Array(MIB), 4 * MIB],
    ["texts of 64 KiB", "a".repeat(65536), 4 * MIB],
  ] as const
) {
  Deno.test(`RpcStream.writable stops the client's source when the daemon takes nothing: ${name}`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["save:s", "go", "taken"],
      GATED,
    );
    let pulled = 0;
    let over = false;
    const source = new ReadableStream<unknown>({
      pull(out) {
        if (over || pulled >= 1024 * MIB) return out.close();
        pulled += chunk.length;
        out.enqueue(chunk);
      },
    }, { highWaterMark: 0 });
    const stream = daemon.rpc.save();
    const piped = source.pipeTo(stream.writable);
    while (await daemon.rpc.taken() === 0);
    const stopped = await settled(() => pulled, () => daemon.rpc.taken());
    assert(stopped < limit, `${stopped}`);
    assertEquals(await daemon.rpc.taken(), 1);
    over = true;
    await daemon.rpc.go();
    await inTime(piped, "the end of the upload");
    // All of it arrived, and nothing twice.
    assertEquals(await daemon.rpc.told(), ["close", pulled / chunk.length]);
    await inTime(stream.closed, "the end of the stream");
  });
}

Deno.test("RpcStream.writable's ready stays pending while the daemon takes nothing", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["save:s", "go", "taken"],
    GATED,
  );
  const stream = daemon.rpc.save();
  const writer = stream.writable.getWriter();
  let written = 0;
  const filling = (async () => {
    while (written < 100) {
      await writer.ready;
      writer.write(new Uint8Array(65536));
      written++;
    }
  })();
  while (await daemon.rpc.taken() === 0);
  const stopped = await settled(() => written, () => daemon.rpc.taken());
  assert(stopped < 64, `${stopped}`);
  assertEquals(writer.desiredSize, 0);
  let ready = false;
  writer.ready.then(() => ready = true);
  await daemon.rpc.taken();
  assertFalse(ready);
  await daemon.rpc.go();
  await inTime(filling, "room for the rest");
  await writer.close();
  assertEquals(await daemon.rpc.told(), ["close", 100]);
});

Deno.test("RpcStream that nobody reads delays no call and no other stream", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["big:s", "pulled", "numbers:s", "echo:s", "save:s", "go", "taken"],
    `${source("new Uint8Array(65536)", 65536)}, ${GATED},
    numbers: async function* (n) { for (let i = 0; i < n; i++) yield i; },
    echo: () => new TransformStream()`,
  );
  const pulled = async () => Number(await daemon.rpc.pulled());
  await using _unread = daemon.rpc.big();
  const full = daemon.rpc.save();
  const writer = full.writable.getWriter();
  let written = 0;
  const filling = (async () => {
    while (written < 100) {
      await writer.ready;
      writer.write(new Uint8Array(65536));
      written++;
    }
  })();
  await begun(pulled);
  await settled(pulled, pulled);
  await settled(() => written, pulled);
  const numbers = await Array.fromAsync(daemon.rpc.numbers(10_000));
  assertEquals(numbers.length, 10_000);
  const echoed = ReadableStream.from([new Uint8Array(MIB), "the end"])
    .pipeThrough(daemon.rpc.echo());
  assertEquals((await Array.fromAsync(echoed)).at(-1), "the end");
  assertEquals(await daemon.rpc.taken(), 1);
  await daemon.rpc.go();
  await filling;
  await writer.close();
});

Deno.test("RpcStream that is read as fast as it comes delays no call", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["count"],
    `numbers: async function* () {
      for (let n = 0;; n++) { globalThis.n = n; yield n; }
    },
    count: () => globalThis.n ?? 0`,
  );
  // In a process of its own, which does nothing but read.
  await using script = new Script(
    box,
    `const conn = await Deno.connect({
      transport: "unix",
      path: ${JSON.stringify(box.sockfile)},
    });
    await conn.write(new TextEncoder().encode(
      '{"jsonrpc":"2.0","id":1,"method":"numbers"}\\n'));
    console.log("open");
    const buffer = new Uint8Array(1e6);
    while (await conn.read(buffer) !== null);`,
  );
  assertEquals(await script.line(), "open");
  const steps: number[] = [];
  let last = Number(await daemon.rpc.count());
  for (let i = 0; i < 20; i++) {
    const count = Number(await daemon.rpc.count());
    steps.push(count - last);
    last = count;
  }
  const median = steps.sort((a, b) => a - b)[10];
  assert(median < 40_000, `${steps}`);
});

Deno.test("RpcStream through a daemon is as slow as who reads its end", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["echo:s", "one"],
    "echo: () => new TransformStream(), one: () => 1",
  );
  let pulled = 0;
  const source = new ReadableStream<Uint8Array>({
    pull(out) {
      pulled += 65536;
      out.enqueue(new Uint8Array(65536));
    },
  }, { highWaterMark: 0 });
  const stream = daemon.rpc.echo();
  const reader = source.pipeThrough(stream).getReader();
  await reader.read();
  const stopped = await settled(() => pulled, () => daemon.rpc.one());
  assert(stopped < 8 * MIB, `${stopped}`);
  await reader.cancel();
  await stream[Symbol.asyncDispose]();
});

for (const count of [1, 2, 10, 60]) {
  Deno.test(`RpcStream gets each of ${count} chunks before the source blocks its process`, async () => {
    await using box = new Sandbox();
    const path = box.path("seen");
    await using daemon = await startStreams(
      box,
      ["work:s"],
      `async *work(path, count) {
        for (let n = 0; n < count; n++) yield n;
        // Until the client has seen all of them, or for far too long.
        for (const end = Date.now() + 10_000; Date.now() < end;) {
          if ([...Deno.readDirSync(path)].some(({ name }) => name === "seen")) {
            return yield "seen";
          }
        }
        yield "blocked";
      }`,
      { permissions: { read: [box.dir] } },
    );
    const chunks: unknown[] = [];
    for await (const chunk of daemon.rpc.work(box.dir, count)) {
      chunks.push(chunk);
      if (chunk === count - 1) Deno.writeTextFileSync(path, "");
    }
    assertEquals(chunks, [...Array(count).keys(), "seen"]);
  });
}
