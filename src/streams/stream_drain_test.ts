// What a daemon that closes gracefully waits for at the ends of its streams.
import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  autod,
  ConnectionClosedError,
  RpcError,
  type RpcStream,
} from "../../mod.ts";
import type { AutodOptions } from "../command/options.ts";
import { inTime } from "../testing/deadline.ts";
import { TIMERS } from "../testing/delays.ts";
import { Gate } from "../testing/gate.ts";
import { Sandbox } from "../testing/sandbox.ts";
import {
  joinStreams,
  startStreams,
  type StreamDaemon,
} from "../testing/stream_daemon.ts";
import { readError, writeError } from "../testing/stream_errors.ts";

const METHODS = ["work:s"] as const;

/** Longer than a daemon takes to end that waits for nothing, in milliseconds. */
const A_WHILE = 300;
/** Longer than a client waits for the end of a stream that it has given up, in milliseconds. */
const LONG = 1200;

/** A daemon with a stream method whose end takes its time, and that writes down what it does. */
class SlowEnd implements AsyncDisposable {
  readonly box = new Sandbox();
  readonly gate = new Gate(this.box.path("gate"));
  readonly #journal = this.box.write("journal", "");
  client!: StreamDaemon<typeof METHODS>;
  process!: Deno.ChildProcess;

  /** `work` is the method, whose code says `END` where it takes its time: so many milliseconds. */
  static async start(
    work: string,
    options: Partial<AutodOptions> = {},
    time = A_WHILE,
  ): Promise<SlowEnd> {
    await using stack = new AsyncDisposableStack();
    const daemon = stack.use(new SlowEnd());
    await daemon.#start(work, options, time);
    stack.move();
    return daemon;
  }

  async #start(
    work: string,
    options: Partial<AutodOptions>,
    time: number,
  ): Promise<void> {
    const { read, write, net } = this.gate.permissions;
    const note = (what: string) =>
      `Deno.writeTextFileSync(${JSON.stringify(this.#journal)}, "${what} ",
        { append: true })`;
    const end = `${this.gate.code};
      await new Promise((go) => setTimeout(go, ${time})); ${note("ended")}`;
    this.client = await startStreams(
      this.box,
      METHODS,
      `${work.replace("END", end)}, [Symbol.dispose]() { ${note("disposed")} }`,
      {
        permissions: { read, write: [...write, this.#journal], net },
        onProcess: (process) => {
          this.box.onProcess(process);
          this.process = process;
        },
        ...options,
      },
    );
  }

  /** What it did, once it has ended. */
  async deeds(): Promise<string[]> {
    await this.box.released();
    return Deno.readTextFileSync(this.#journal).trim().split(" ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gate.open();
    await this.client?.[Symbol.asyncDispose]();
    await this.box[Symbol.asyncDispose]();
  }
}

const ENDS: Record<string, (daemon: SlowEnd) => unknown> = {
  "$/shutdown": ({ box }) => box.request("$/shutdown", {}),
  SIGTERM: ({ process }) => process.kill("SIGTERM"),
};

const SOURCES = {
  "the finally of a generator": `async *work() {
    try { for (;;) { yield 1; await new Promise((go) => setTimeout(go)); } }
    finally { END }
  }`,
  "the cancel() of a source": `work: () => new ReadableStream({
    start: (out) => out.enqueue(1),
    async cancel() { END },
  })`,
  "the abort() of a sink": `work: () => ({
    readable: new ReadableStream({ start: (out) => out.enqueue(1) }),
    writable: new WritableStream({ async abort() { END } }),
  })`,
};

const FILTER =
  `work: () => new TransformStream({ async flush(out) { END; out.enqueue("last"); } })`;

const SAVING = `work: () => new WritableStream({ async close() { END } })`;

for (const [name, end] of Object.entries(ENDS)) {
  for (const [what, work] of Object.entries(SOURCES)) {
    Deno.test(`${name} waits for ${what}, and disposes of the iface after it`, async () => {
      await using daemon = await SlowEnd.start(work);
      const { client, gate } = daemon;
      const stream = client.rpc.work();
      const reader = stream.readable.getReader();
      await reader.read();
      await end(daemon);
      await gate.arrival();
      assertInstanceOf(await readError(reader), ConnectionClosedError);
      await inTime(client.connection.closed, "the end of the session");
      gate.open();
      assertEquals(await daemon.deeds(), ["ended", "disposed"]);
    });
  }

  Deno.test(`${name} waits for what a filter makes of its whole input`, async () => {
    await using daemon = await SlowEnd.start(FILTER, {}, LONG);
    const { client, gate } = daemon;
    const { readable, writable } = client.rpc.work();
    const writer = writable.getWriter();
    const writing = Promise.all([writer.write("first"), writer.close()]);
    await gate.arrival();
    await end(daemon);
    await inTime(client.connection.closed, "the end of the session");
    gate.open();
    const chunks = inTime(Array.fromAsync(readable), "the chunks");
    assertEquals(await chunks, ["first", "last"]);
    await inTime(writing, "the end of the input");
    assertEquals(await daemon.deeds(), ["ended", "disposed"]);
  });

  Deno.test(`${name} waits for the close() of a sink that has all its chunks, and tells its client`, async () => {
    await using daemon = await SlowEnd.start(
      SAVING,
      {},
      LONG,
    );
    const { client, gate } = daemon;
    const stream = client.rpc.work();
    const closing = stream.writable.close().then(
      () => "closed",
      (error) => error,
    );
    await gate.arrival();
    await end(daemon);
    await inTime(client.connection.closed, "the end of the session");
    gate.open();
    assertEquals(await inTime(closing, "the end of close()"), "closed");
    await inTime(stream.closed, "the end of the stream");
    assertEquals(await daemon.deeds(), ["ended", "disposed"]);
  });
}

Deno.test("A daemon that closes waits for a sink's close() also when its client has gone", async () => {
  await using daemon = await SlowEnd.start(SAVING);
  const { box, client, gate } = daemon;
  const stream = client.rpc.work();
  stream.writable.close().catch(() => {});
  await gate.arrival();
  await box.request("$/shutdown", {});
  client.connection.close();
  await inTime(stream.closed, "the end of the stream");
  gate.open();
  assertEquals(await daemon.deeds(), ["ended", "disposed"]);
});

Deno.test("A daemon that closes cuts a sink's close() off after drainTimeout", async () => {
  await using daemon = await SlowEnd.start(
    SAVING,
    { drainTimeout: 1 },
  );
  const { client, gate } = daemon;
  const writer = client.rpc.work().writable.getWriter();
  writer.close().catch(() => {}); // the same as that of closed
  await gate.arrival();
  await daemon.box.request("$/shutdown", {});
  assertInstanceOf(await writeError(writer), ConnectionClosedError);
  assertEquals(await daemon.deeds(), ["disposed"]);
});

Deno.test("A daemon that closes waits a moment for what a pair of streams makes of a whole input", async () => {
  await using daemon = await SlowEnd.start(
    `work() {
      const output = Promise.withResolvers();
      return {
        readable: new ReadableStream({ start: (out) => output.resolve(out) }),
        writable: new WritableStream({
          async close() {
            const out = await output.promise;
            setTimeout(async () => { END; out.enqueue("last"); out.close(); });
          },
        }),
      };
    }`,
  );
  const { client, gate } = daemon;
  const { readable, writable } = client.rpc.work();
  await writable.close();
  await gate.arrival();
  await daemon.box.request("$/shutdown", {});
  await inTime(client.connection.closed, "the end of the session");
  gate.open();
  const chunks = inTime(Array.fromAsync(readable), "the chunks");
  assertEquals(await chunks, ["last"]);
  assertEquals(await daemon.deeds(), ["ended", "disposed"]);
});

Deno.test("A daemon that closes does not wait long for a source that goes on behind a whole input, and tells why", async () => {
  await using daemon = await SlowEnd.start(DUPLEX, { drainTimeout: 1e9 });
  const { readable, writable } = daemon.client.rpc.work();
  await writable.close();
  const reader = readable.getReader();
  await reader.read();
  await daemon.box.request("$/shutdown", {});
  const error = await readError(reader);
  assertInstanceOf(error, ConnectionClosedError);
  assertEquals((error.cause as Error).message, "The session is closing");
  assertEquals(await daemon.deeds(), ["disposed"]);
});

Deno.test("A daemon that dies waits for no filter", async () => {
  await using daemon = await SlowEnd.start(
    `work: () => new TransformStream({
      async flush() {
        setTimeout(() => { throw new RangeError("nobody caught this"); });
        await new Promise(() => {});
      },
    })`,
  );
  const { readable, writable } = daemon.client.rpc.work();
  writable.close().catch(() => {}); // what is read tells
  const error = await readError(readable.getReader());
  assertInstanceOf(error, RpcError);
  assertEquals(error.code, -32603);
  await inTime(daemon.client.connection.closed, "the end of the session");
  assertEquals(await daemon.deeds(), ["disposed"]);
});

Deno.test("A daemon that closes does not wait long for a generator that waits for something else", async () => {
  await using daemon = await SlowEnd.start(
    `async *work() { yield 1; await new Promise(() => {}); }`,
    { drainTimeout: 1e9 },
  );
  const reader = daemon.client.rpc.work().readable.getReader();
  await reader.read();
  await daemon.box.request("$/shutdown", {});
  assertInstanceOf(await readError(reader), ConnectionClosedError);
  assertEquals(await daemon.deeds(), ["disposed"]);
});

Deno.test("Session.close() cuts off after drainTimeout what a stream does at its end", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `${TIMERS}
    const begun = Promise.withResolvers();
    export default (server, session) => ({
      work: () => new ReadableStream({
        start: (out) => out.enqueue(1),
        cancel() { begun.resolve(); return new Promise(() => {}); },
      }),
      leave: () => session.close(),
      limits: () => begun.promise.then(timers),
    });`,
  );
  const { sockfile, onProcess } = box;
  const options = { rpcfile, sockfile, onProcess, drainTimeout: 123_456 };
  await using other = await autod({ ...options, methods: ["limits"] });
  await using daemon = await autod({
    ...options,
    methods: ["work:s", "leave"],
  });
  const stream = daemon.rpc.work() as unknown as RpcStream;
  await stream.readable.getReader().read();
  await daemon.rpc.leave();
  const limits = await other.rpc.limits() as number[];
  assertEquals(limits.includes(123_456), true, `${limits}`);
});

const DUPLEX = `work: () => ({
  readable: new ReadableStream({
    start: (out) => out.enqueue(new Uint8Array([1, 2, 3])),
  }),
  writable: new WritableStream(),
})`;

Deno.test("A daemon that closes tells whoever writes to a stream that nobody reads the reason", async () => {
  await using daemon = await SlowEnd.start(DUPLEX);
  const stream = daemon.client.rpc.work();
  const writer = stream.writable.getWriter();
  await writer.write(1);
  await daemon.box.request("$/shutdown", {});
  const error = await writeError(writer);
  assertInstanceOf(error, ConnectionClosedError);
  assertEquals((error.cause as Error).message, "The session is closing");
  await inTime(stream.closed, "the end of the stream");
});

for (const way of ["readable", "bytes"] as const) {
  Deno.test(`RpcStream.${way} has what came before the daemon closed, also for whoever asks later`, async () => {
    await using daemon = await SlowEnd.start(DUPLEX);
    const stream = daemon.client.rpc.work();
    await stream.writable.getWriter().write(1);
    await daemon.box.request("$/shutdown", {});
    await inTime(stream.closed, "the end of the stream");
    const reader = stream[way].getReader();
    assertEquals(await inTime(reader.read(), "what came before"), {
      done: false,
      value: new Uint8Array([1, 2, 3]),
    });
    assertInstanceOf(await readError(reader), ConnectionClosedError);
  });
}

Deno.test("Session.close() does not wait for ever for a sink that is stuck", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["stuck:s", "leave"],
    `stuck: () => new WritableStream({
      write() { tell("write"); return new Promise(() => {}); },
    }),
    leave: () => stream.close(),
    [Symbol.dispose]: () => tell("disposed")`,
  );
  await using other = await joinStreams(box, []);
  const { stuck, told, leave } = daemon.rpc;
  const writer = stuck().writable.getWriter();
  await writer.write(1);
  assertEquals(await told(), ["write"]);
  await leave();
  assertInstanceOf(await writeError(writer), ConnectionClosedError);
  assertEquals(await inTime(other.rpc.told(), "the end"), ["disposed"]);
});

Deno.test("A daemon that closes tells whoever writes the reason behind a large chunk that nobody reads", async () => {
  await using daemon = await SlowEnd.start(`work: () => ({
    readable: new ReadableStream({
      pull: (out) => out.enqueue("x".repeat(3_000_000)),
    }),
    writable: new WritableStream(),
  })`);
  const stream = daemon.client.rpc.work();
  const writer = stream.writable.getWriter();
  await writer.write(1);
  await daemon.box.request("$/shutdown", {});
  assertInstanceOf(await writeError(writer), ConnectionClosedError);
  await inTime(stream.closed, "the end of the stream");
});
