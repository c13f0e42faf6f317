import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { ConnectionClosedError, RpcError, withSignal } from "../../mod.ts";
import { inTime } from "../testing/deadline.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { Script } from "../testing/script.ts";
import {
  joinStreams,
  startStreams,
  streamsIn,
} from "../testing/stream_daemon.ts";
import { readError, writeError } from "../testing/stream_errors.ts";

/** A source that sends "first" and then nothing, and tells of its end. */
const SOURCE = `source: () => new ReadableStream({
    start: (out) => out.enqueue("first"),
    cancel: (reason) => tell("cancel", plain(reason)),
  })`;

/** A sink that tells of all that it gets. */
const SINK = `sink: () => new WritableStream({
    write: (chunk) => tell("write", chunk),
    close: () => tell("close"),
    abort: (reason) => tell("abort", plain(reason)),
  })`;

/** Both, of which neither knows the other. */
const BOTH = `both: () => ({
    readable: new ReadableStream({
      start(out) { out.enqueue("first"); globalThis.out = out; },
      cancel: (reason) => tell("cancel", plain(reason)),
    }),
    writable: new WritableStream({
      write: (chunk) => tell("write", chunk),
      close: () => tell("close"),
      abort: (reason) => tell("abort", plain(reason)),
    }),
  }),
  put: (chunk) => globalThis.out.enqueue(chunk),
  finish: () => globalThis.out.close()`;

const ALL = ["source:s", "sink:s", "both:s", "put", "finish"] as const;
const IFACE = [SOURCE, SINK, BOTH].join(",\n");

Deno.test("RpcStream.readable errors by the error of the daemon's source", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["fail:s"],
    `fail: async function* () {
      yield 1;
      throw Object.assign(
        new RangeError("No luck", { cause: new TypeError("Deeper") }),
        { code: "E_LUCK" },
      );
    }`,
  );
  const stream = daemon.rpc.fail();
  const reader = stream.readable.getReader();
  assertEquals((await reader.read()).value, 1);
  const error = await assertRejects(() => reader.read(), RpcError, "No luck");
  assertEquals([error.code, error.remoteName], [-32000, "RangeError"]);
  assertEquals(error.data, { code: "E_LUCK" });
  assert(error.remoteStack?.includes("iface.js"), "the stack names the file");
  assertInstanceOf(error.cause, Error);
  assertEquals([error.cause.name, error.cause.message], [
    "TypeError",
    "Deeper",
  ]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.readable errors by what is thrown that is no error", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["fail:s"],
    `fail: async function* () { throw { no: "error" }; }`,
  );
  assertEquals(await readError(daemon.rpc.fail().readable.getReader()), {
    no: "error",
  });
});

Deno.test("RpcStream.readable errors by an error that has a value of its own", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["fail:s"],
    `fail: async function* () {
      throw Object.assign(new Error("No luck"), { value: 1 });
    }`,
  );
  const error = await readError(daemon.rpc.fail().readable.getReader());
  assertInstanceOf(error, RpcError);
  assertEquals([error.message, error.data], ["No luck", { value: 1 }]);
});

Deno.test("RpcStream errors on both sides when the method throws", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["now:s", "later:s"],
    `now: () => { throw new RangeError("No luck", { cause: "why" }); },
    later: async () => { throw new RangeError("No luck"); }`,
  );
  for (const name of ["now", "later"] as const) {
    const stream = daemon.rpc[name]();
    const writer = stream.writable.getWriter();
    const reader = stream.readable.getReader();
    for (const error of [await readError(reader), await writeError(writer)]) {
      assertInstanceOf(error, RpcError);
      assertEquals([error.message, error.remoteName], [
        "No luck",
        "RangeError",
      ]);
    }
    await assertRejects(() => writer.write(1), RpcError, "No luck");
    await inTime(stream.closed, "the end of the stream");
  }
});

const REASONS: [name: string, reason: unknown, arrived: unknown][] = [
  ["a string", "enough", "enough"],
  ["an object", { why: ["enough"] }, { why: ["enough"] }],
  ["an error", new RangeError("Enough", { cause: new Error("Deeper") }), {
    name: "RangeError",
    message: "Enough",
    cause: { name: "Error", message: "Deeper" },
  }],
  ["an error with a value", Object.assign(new Error("No"), { value: 1 }), {
    name: "Error",
    message: "No",
  }],
  ["nothing", undefined, null],
];

for (const [name, reason, arrived] of REASONS) {
  Deno.test(`RpcStream.readable's cancel() hands the source ${name} as the reason`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ALL, IFACE);
    const stream = daemon.rpc.source();
    const reader = stream.readable.getReader();
    assertEquals((await reader.read()).value, "first");
    await reader.cancel(reason);
    assertEquals(await daemon.rpc.told(), ["cancel", arrived]);
    await inTime(stream.closed, "the end of the stream");
  });

  Deno.test(`RpcStream.writable's abort() hands the sink ${name} as the reason`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ALL, IFACE);
    const stream = daemon.rpc.sink();
    const writer = stream.writable.getWriter();
    await writer.write("one");
    assertEquals(await daemon.rpc.told(), ["write", "one"]);
    await writer.abort(reason);
    // Without a reason the sink still gets one: the frame has to hold an error.
    assertEquals(await daemon.rpc.told(), [
      "abort",
      arrived ?? { name: "AbortError", message: "The signal has been aborted" },
    ]);
    assertEquals(await writeError(writer), reason);
    await inTime(stream.closed, "the end of the stream");
  });
}

Deno.test("RpcStream's cancel() with a reason too deep to be told leaves the session alone", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["source:s", "later"],
    `${SOURCE}, later: () => told()`,
    { maxDepth: 8 },
  );
  const { readable, closed } = daemon.rpc.source();
  const later = daemon.rpc.later();
  let reason = new Error("the root");
  for (let i = 0; i < 6; i++) reason = new Error(`${i}`, { cause: reason });
  await readable.cancel(reason);
  assertEquals(await later, ["cancel", { name: "Error", message: "5" }]);
  await inTime(closed, "the end of the stream");
});

Deno.test("RpcStream runs the finally of an async generator when the loop breaks", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["numbers:s"],
    `async *numbers() {
      try { for (let n = 0;; n++) yield n; } finally { tell("finally"); }
    }`,
  );
  const stream = daemon.rpc.numbers();
  for await (const n of stream) if (n === 3) break;
  assertEquals(await daemon.rpc.told(), ["finally"]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream calls the return of a custom iterator when the loop throws", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["numbers:s"],
    `numbers: () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ value: 1, done: false }),
        return: async () => (tell("return"), { done: true }),
      }),
    })`,
  );
  const stream = daemon.rpc.numbers();
  await assertRejects(
    async () => {
      for await (const _ of stream) throw new Error("The consumer's own");
    },
    Error,
    "The consumer's own",
  );
  assertEquals(await daemon.rpc.told(), ["return"]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.writable's close() waits until the sink has closed", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["save:s", "go"],
    `save: () => new WritableStream({
      async close() {
        tell("closing");
        await new Promise((resolve) => globalThis.go = resolve);
      },
    }),
    go: () => globalThis.go()`,
  );
  const stream = daemon.rpc.save();
  let closed = false;
  const closing = stream.writable.close().then(() => closed = true);
  assertEquals(await daemon.rpc.told(), ["closing"]);
  assertEquals(closed, false);
  await daemon.rpc.go();
  await inTime(closing, "the end of close()");
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.writable's close() rejects when the sink throws in close", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["save:s"],
    `save: () => new WritableStream({
      close() { throw new RangeError("Disk full", { cause: "disk" }); },
    })`,
  );
  const stream = daemon.rpc.save();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {}); // the same as that of close()
  await writer.write(1);
  const error = await assertRejects(
    () => writer.close(),
    RpcError,
    "Disk full",
  );
  assertEquals(error.remoteName, "RangeError");
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.writable errors when the sink throws in write", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["save:s"],
    `save: () => new WritableStream({
      write(chunk) { if (chunk === 2) throw new RangeError("Disk full"); },
    })`,
  );
  const stream = daemon.rpc.save();
  const writer = stream.writable.getWriter();
  await writer.write(1);
  await writer.write(2);
  const error = await writeError(writer);
  assertInstanceOf(error, RpcError);
  assertEquals([error.message, error.remoteName], ["Disk full", "RangeError"]);
  await assertRejects(() => writer.write(3), RpcError, "Disk full");
  await assertRejects(() => writer.close(), TypeError);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.writable errors when the sink throws and nobody has asked for the readable, which is kept", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["both:s"],
    `both: () => ({
      readable: new ReadableStream({ start: (out) => out.enqueue("first") }),
      writable: new WritableStream({
        write() { throw new RangeError("Disk full"); },
      }),
    })`,
  );
  await using stream = daemon.rpc.both();
  const writer = stream.writable.getWriter();
  writer.write(1).catch(() => {});
  const error = await writeError(writer);
  assertInstanceOf(error, RpcError);
  assertEquals(error.message, "Disk full");
  const reader = stream.readable.getReader();
  assertEquals((await reader.read()).value, "first");
});

/** A stream of which 448 KiB have gone out when "behind" is told; what it takes fails. */
const BEHIND = `behind: () => {
    let chunks = 0;
    return {
      readable: new ReadableStream({
        pull(out) {
          if (++chunks === 8) tell("behind");
          out.enqueue(new Uint8Array(64 * 1024));
        },
      }, { highWaterMark: 0 }),
      writable: new WritableStream({ write() { throw new RangeError("full"); } }),
    };
  }`;

Deno.test("RpcStream.writable errors when the sink throws behind chunks that nobody reads", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ["behind:s"], BEHIND);
  const stream = daemon.rpc.behind();
  const writer = stream.writable.getWriter();
  assertEquals(await daemon.rpc.told(), ["behind"]);
  writer.write(1).catch(() => {});
  const error = await assertRejects(
    () => inTime(writer.closed, "the error"),
    RpcError,
    "full",
  );
  assertEquals(error.remoteName, "RangeError");
  // What came before is still there to be read.
  for await (const chunk of stream.bytes) {
    assertEquals(chunk.length, 64 * 1024);
    break;
  }
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.writable's close() rejects when the sink has yet to throw in write", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["save:s"],
    `save: () => new WritableStream({
      write() { throw new RangeError("Disk full"); },
    })`,
  );
  const stream = daemon.rpc.save();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  writer.write(1).catch(() => {});
  await assertRejects(() => writer.close(), RpcError, "Disk full");
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.writable stops the client's source when the sink throws", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["save:s"],
    `save: () => new WritableStream({
      write() { throw new RangeError("Disk full"); },
    })`,
  );
  const cancelled = Promise.withResolvers<unknown>();
  const source = new ReadableStream<number>({
    pull: (out) => out.enqueue(1),
    cancel: cancelled.resolve,
  });
  const stream = daemon.rpc.save();
  const error = await assertRejects(
    () => source.pipeTo(stream.writable),
    RpcError,
    "Disk full",
  );
  assertStrictEquals(await cancelled.promise, error);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream's readable goes on when its writable has closed", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const stream = daemon.rpc.both();
  const reader = stream.readable.getReader();
  await stream.writable.close();
  assertEquals(await daemon.rpc.told(), ["close"]);
  await daemon.rpc.put("second");
  assertEquals((await reader.read()).value, "first");
  assertEquals((await reader.read()).value, "second");
  await daemon.rpc.finish();
  assert((await reader.read()).done);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream's readable goes on when its writable was aborted", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const stream = daemon.rpc.both();
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  await writer.write("one");
  assertEquals(await daemon.rpc.told(), ["write", "one"]);
  await writer.abort("enough");
  assertEquals(await daemon.rpc.told(), ["abort", "enough"]);
  await daemon.rpc.put("second");
  assertEquals((await reader.read()).value, "first");
  assertEquals((await reader.read()).value, "second");
  await daemon.rpc.finish();
  assert((await reader.read()).done);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream's writable goes on when its readable was cancelled", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const stream = daemon.rpc.both();
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  await reader.read();
  await reader.cancel("enough");
  assertEquals(await daemon.rpc.told(), ["cancel", "enough"]);
  await writer.write("more");
  assertEquals(await daemon.rpc.told(), ["write", "more"]);
  await writer.close();
  assertEquals(await daemon.rpc.told(), ["close"]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream's writable goes on when its readable has ended", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const stream = daemon.rpc.both();
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  await reader.read();
  await daemon.rpc.finish();
  assert((await reader.read()).done);
  await writer.write("more");
  assertEquals(await daemon.rpc.told(), ["write", "more"]);
  await writer.close();
  assertEquals(await daemon.rpc.told(), ["close"]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream's readable goes on when the sink throws", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["both:s", "put", "finish"],
    `both: () => ({
      readable: new ReadableStream({
        start: (out) => void (globalThis.out = out),
      }),
      writable: new WritableStream({
        write() { throw new RangeError("Disk full"); },
      }),
    }),
    put: (chunk) => globalThis.out.enqueue(chunk),
    finish: () => globalThis.out.close()`,
  );
  const stream = daemon.rpc.both();
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  await writer.write(1);
  assertInstanceOf(await writeError(writer), RpcError);
  await daemon.rpc.put("more");
  await daemon.rpc.finish();
  assertEquals((await reader.read()).value, "more");
  assert((await reader.read()).done);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream's writable is closed by itself when nobody used it and the readable ends", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const stream = daemon.rpc.both();
  const reader = stream.readable.getReader();
  await reader.read();
  await daemon.rpc.finish();
  assert((await reader.read()).done);
  assertEquals(await daemon.rpc.told(), ["close"]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream's writable takes no chunk after it was closed by itself, and can be closed", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const { rpc } = daemon;
  for (const use of ["write", "close"] as const) {
    const stream = rpc.both();
    const reader = stream.readable.getReader();
    await reader.read();
    await rpc.finish();
    assert((await reader.read()).done);
    const writer = stream.writable.getWriter();
    if (use === "write") await assertRejects(() => writer.write(1), TypeError);
    else await writer.close();
    assertEquals(await rpc.told(), ["close"]);
    await inTime(stream.closed, "the end of the stream");
  }
});

Deno.test("RpcStream.writable says why it takes no chunk when it is first asked for behind the end of the stream", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const stream = daemon.rpc.both();
  const reader = stream.readable.getReader();
  await reader.read();
  await daemon.rpc.finish();
  assert((await reader.read()).done);
  await inTime(stream.closed, "the end of the stream");
  const writer = stream.writable.getWriter();
  await assertRejects(
    () => writer.write(1),
    TypeError,
    "begin to write before",
  );
});

Deno.test(
  "RpcStream.writable can first be used when the stream was opened before",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ALL, IFACE);
    const stream = daemon.rpc.sink();
    // The session's own connection may be faster: several turns of it.
    for (let i = 0; i < 5; i++) {
      for await (const chunk of daemon.rpc.source()) {
        assertEquals(chunk, "first");
        break;
      }
      assertEquals(await daemon.rpc.told(), ["cancel", null]);
    }
    const writer = stream.writable.getWriter();
    await writer.write("one");
    assertEquals(await daemon.rpc.told(), ["write", "one"]);
    await writer.close();
    assertEquals(await daemon.rpc.told(), ["close"]);
  },
);

Deno.test("RpcStream.writable's close() does not wait for somebody to read", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["both:s"],
    `both: () => ({
      readable: new ReadableStream(),
      writable: new WritableStream({ close: () => tell("close") }),
    })`,
  );
  await using stream = daemon.rpc.both();
  await inTime(stream.writable.close(), "the end of close()");
  assertEquals(await daemon.rpc.told(), ["close"]);
});

Deno.test("RpcStream.readable can be cancelled before the stream was opened", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const stream = daemon.rpc.source();
  await stream.readable.cancel("enough");
  await inTime(stream.closed, "the end of the stream");
});

Deno.test(
  "RpcStream's writable goes on when its readable was cancelled before the stream was opened",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ALL, IFACE);
    const stream = daemon.rpc.both();
    await stream.readable.cancel("enough");
    const writer = stream.writable.getWriter();
    await inTime(writer.write("more"), "the write");
    await writer.close();
    const events = [
      await daemon.rpc.told(),
      await daemon.rpc.told(),
      await daemon.rpc.told(),
    ];
    assertEquals(events, [["cancel", "enough"], ["write", "more"], ["close"]]);
    await inTime(stream.closed, "the end of the stream");
  },
);

Deno.test("RpcStream.writable can be aborted before the stream was opened", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const stream = daemon.rpc.sink();
  await stream.writable.abort("enough");
  assertEquals(await daemon.rpc.told(), ["abort", "enough"]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream.writable can be written to and closed before the stream was opened", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const writer = daemon.rpc.sink().writable.getWriter();
  const steps = [writer.write(1), writer.write(2), writer.close()];
  await inTime(Promise.all(steps), "the end of close()");
  const events = [
    await daemon.rpc.told(),
    await daemon.rpc.told(),
    await daemon.rpc.told(),
  ];
  assertEquals(events, [["write", 1], ["write", 2], ["close"]]);
});

/** A sink whose write takes until its stream is aborted. */
const STUCK = `stuck: () => new WritableStream({
    write(_chunk, { signal }) {
      tell("write");
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason)));
    },
    abort: (reason) => tell("abort", plain(reason)),
  })`;

Deno.test(
  "RpcStream.writable's abort() reaches a sink that is in the middle of a write",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ["stuck:s"], STUCK);
    const stream = daemon.rpc.stuck();
    const writer = stream.writable.getWriter();
    await writer.write(1);
    assertEquals(await daemon.rpc.told(), ["write"]);
    await writer.abort("enough");
    assertEquals(await inTime(daemon.rpc.told(), "abort"), ["abort", "enough"]);
    await inTime(stream.closed, "the end of the stream");
  },
);

Deno.test(
  "withSignal() aborts a sink that is in the middle of a write",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ["stuck:s"], STUCK);
    const controller = new AbortController();
    const stream = withSignal(daemon.rpc, controller.signal).stuck();
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    await writer.write(1);
    assertEquals(await daemon.rpc.told(), ["write"]);
    controller.abort("enough");
    assertEquals(await inTime(daemon.rpc.told(), "abort"), ["abort", "enough"]);
    await inTime(stream.closed, "the end of the stream");
  },
);

Deno.test(
  "RpcStream.readable's cancel() reaches the source while the sink takes nothing",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["both:s"],
      `both: () => ({
      readable: new ReadableStream({ cancel: (reason) => tell("cancel", reason) }),
      writable: new WritableStream({
        write: () => (tell("write"), new Promise(() => {})),
      }),
    })`,
    );
    const stream = daemon.rpc.both();
    await stream.writable.getWriter().write(1);
    assertEquals(await daemon.rpc.told(), ["write"]);
    await stream.readable.cancel("enough");
    assertEquals(await inTime(daemon.rpc.told(), "cancel"), [
      "cancel",
      "enough",
    ]);
  },
);

Deno.test(
  "RpcStream.writable's abort() resolves while a write waits for room",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(box, ["stuck:s"], STUCK);
    const stream = daemon.rpc.stuck();
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    await writer.write(1);
    assertEquals(await daemon.rpc.told(), ["write"]);
    writer.write(new Uint8Array(32 * 1024 * 1024)).catch(() => {});
    await inTime(writer.abort("enough"), "the abort");
  },
);

/** A sink whose close() never ends, and that tells of each way to hear that it was aborted. */
const CLOSING = `closing: () => {
    stream.callSignal.onabort = () => tell("call", stream.callSignal.reason);
    return new WritableStream({
      start: ({ signal }) => signal.onabort = () => tell("sink", signal.reason),
      close: () => (tell("close"), new Promise(() => {})),
    });
  }`;

Deno.test("RpcStream.writable's abort() reaches a sink that is in the middle of its close", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ["closing:s"], CLOSING);
  const stream = daemon.rpc.closing();
  const writer = stream.writable.getWriter();
  const closing = writer.close();
  assertEquals(await daemon.rpc.told(), ["close"]);
  const ends = [closing, writer.closed, writer.abort("enough")];
  for (const end of await inTime(Promise.allSettled(ends), "the end")) {
    assertEquals(end, { status: "rejected", reason: "enough" });
  }
  for (const event of ["sink", "call"]) {
    assertEquals(
      (await inTime(daemon.rpc.told(), event) as string[])[0],
      event,
    );
  }
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("withSignal() of an aborted signal opens no stream", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s", "one"],
    "read: () => (tell('called'), ReadableStream.from([1])), one: () => 1",
  );
  const reason = new Error("Too late");
  const stream = withSignal(daemon.rpc, AbortSignal.abort(reason)).read();
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  assertStrictEquals(await readError(reader), reason);
  assertStrictEquals(await writeError(writer), reason);
  await inTime(stream.closed, "the end of the stream");
  // A later stream is the proof that the first one was never called.
  assertEquals(await Array.fromAsync(daemon.rpc.read()), [1]);
  assertEquals(await daemon.rpc.told(), ["called"]);
  const told = daemon.rpc.told();
  assertEquals(await Array.fromAsync(daemon.rpc.read()), [1]);
  assertEquals(await told, ["called"]);
});

Deno.test("withSignal() gives a stream up whose method has not returned", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["slow:s", "go"],
    `slow: async () => {
      const signal = stream.callSignal;
      signal.addEventListener("abort", () => tell("aborted"));
      tell("called");
      await new Promise((resolve) => globalThis.go = resolve);
      return new ReadableStream({ cancel: () => tell("cancel") });
    },
    go: () => globalThis.go()`,
  );
  const controller = new AbortController();
  const reason = new Error("Enough");
  const stream = withSignal(daemon.rpc, controller.signal).slow();
  assertEquals(await daemon.rpc.told(), ["called"]);
  controller.abort(reason);
  assertStrictEquals(await readError(stream.readable.getReader()), reason);
  await inTime(stream.closed, "the end of the stream");
  assertEquals(await daemon.rpc.told(), ["aborted"]);
  await daemon.rpc.go();
  // Nobody gets the stream, so it is ended.
  assertEquals(await daemon.rpc.told(), ["cancel"]);
});

Deno.test("withSignal() ends both directions of a stream on both sides", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  const controller = new AbortController();
  const reason = new RangeError("Enough");
  const stream = withSignal(daemon.rpc, controller.signal).both();
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  assertEquals((await reader.read()).value, "first");
  await writer.write(1);
  assertEquals(await daemon.rpc.told(), ["write", 1]);
  controller.abort(reason);
  assertStrictEquals(await readError(reader), reason);
  assertStrictEquals(await writeError(writer), reason);
  await inTime(stream.closed, "the end of the stream");
  const events = [await daemon.rpc.told(), await daemon.rpc.told()];
  const told = { name: "RangeError", message: "Enough" };
  assertEquals(events, [["cancel", told], ["abort", told]]);
});

Deno.test("withSignal() changes nothing when the stream has ended", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["read:s"],
    "read: () => ReadableStream.from([1, 2])",
  );
  const controller = new AbortController();
  const stream = withSignal(daemon.rpc, controller.signal).read();
  const reader = stream.readable.getReader();
  await inTime(stream.closed, "the end of the stream");
  controller.abort(new Error("Too late"));
  assertEquals((await reader.read()).value, 1);
  assertEquals((await reader.read()).value, 2);
  assert((await reader.read()).done);
});

Deno.test("withSignal() of two signals gives a stream up by either", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  for (const which of [0, 1]) {
    const controllers = [new AbortController(), new AbortController()];
    let { rpc } = daemon;
    for (const { signal } of controllers) rpc = withSignal(rpc, signal);
    const stream = rpc.source();
    const reader = stream.readable.getReader();
    await reader.read();
    controllers[which].abort("enough");
    assertEquals(await readError(reader), "enough");
    assertEquals(await daemon.rpc.told(), ["cancel", "enough"]);
    await inTime(stream.closed, "the end of the stream");
  }
});

Deno.test("RpcStream errors when the connection is closed", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  await using other = await joinStreams(box, ALL);
  const stream = daemon.rpc.both();
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  await reader.read();
  daemon.connection.close();
  for (const error of [await readError(reader), await writeError(writer)]) {
    assertInstanceOf(error, ConnectionClosedError);
    assertEquals([error.method, error.maybeExecuted], ["both", true]);
    assertEquals(error.logfile, undefined); // the daemon has nothing to say of it
  }
  await inTime(stream.closed, "the end of the stream");
  const events = [await other.rpc.told(), await other.rpc.told()];
  assertEquals(
    events.map((event) => (event as string[])[0]).sort(),
    ["abort", "cancel"],
  );
});

Deno.test("RpcStream that is opened after the connection was closed errors", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, ALL, IFACE);
  daemon.connection.close();
  await daemon.connection.closed;
  const stream = daemon.rpc.both();
  const error = await readError(stream.readable.getReader());
  assertInstanceOf(error, ConnectionClosedError);
  assertEquals([error.method, error.maybeExecuted], ["both", false]);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("RpcStream errors when its daemon is killed, before and after it was opened", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    [...ALL, "never:s"],
    `${IFACE}, never: () => (tell("called"), new Promise(() => {}))`,
  );
  const opening = daemon.rpc.never();
  assertEquals(await daemon.rpc.told(), ["called"]);
  const stream = daemon.rpc.both();
  const unread = daemon.rpc.source();
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  await reader.read();
  await writer.write(1);
  daemon.process?.kill("SIGKILL");
  const errors = [
    await readError(reader),
    await writeError(writer),
    await readError(opening.readable.getReader()),
    await writeError(opening.writable.getWriter()),
  ];
  for (const error of errors) {
    assertInstanceOf(error, ConnectionClosedError);
    assert(error.maybeExecuted);
  }
  await assertRejects(() => writer.write(2), ConnectionClosedError);
  assertInstanceOf(
    await readError(unread.readable.getReader()),
    ConnectionClosedError,
  );
  for (const { closed } of [stream, opening, unread]) {
    await inTime(closed, "the end of the stream");
  }
});

Deno.test("RpcStream.writable's close() rejects when the daemon is killed meanwhile", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["save:s"],
    `save: () => new WritableStream({
      close: () => (tell("closing"), new Promise(() => {})),
    })`,
  );
  const stream = daemon.rpc.save();
  const closing = stream.writable.close();
  closing.catch(() => {});
  assertEquals(await daemon.rpc.told(), ["closing"]);
  daemon.process?.kill("SIGKILL");
  await assertRejects(
    () => inTime(closing, "the end of close()"),
    ConnectionClosedError,
  );
});

for (const end of ["close", "destroy"]) {
  Deno.test(`RpcStream ends with a reason at stream.${end}() of the iface`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      [...ALL, "leave"],
      `${IFACE}, leave: () => stream.${end}()`,
    );
    await using other = await joinStreams(box, ALL);
    const stream = daemon.rpc.both();
    const reader = stream.readable.getReader();
    const writer = stream.writable.getWriter();
    await reader.read();
    daemon.rpc.leave().catch(() => {}); // destroy() answers nothing
    for (const error of [await readError(reader), await writeError(writer)]) {
      assertInstanceOf(error, ConnectionClosedError);
    }
    await inTime(stream.closed, "the end of the stream");
    await inTime(daemon.connection.closed, "the end of the session");
    const events = [await other.rpc.told(), await other.rpc.told()];
    assertEquals(
      events.map((event) => (event as string[])[0]).sort(),
      ["abort", "cancel"],
    );
  });
}

for (const end of ["close", "destroy"]) {
  Deno.test(
    `A stream's own stream.${end}() ends the session that it belongs to`,
    async () => {
      await using box = new Sandbox();
      await using daemon = await startStreams(
        box,
        ["read:s"],
        `read: async function* () {
        try {
          yield 1;
          stream.${end}();
          await new Promise((resolve) =>
            stream.signal.addEventListener("abort", resolve));
        } finally { tell("finally"); }
      }`,
      );
      await using other = await joinStreams(box, []);
      const reader = daemon.rpc.read().readable.getReader();
      assertEquals((await reader.read()).value, 1);
      const error = await readError(reader);
      assertInstanceOf(error, ConnectionClosedError);
      await inTime(daemon.connection.closed, "the end of the session");
      assertEquals(await other.rpc.told(), ["finally"]);
    },
  );
}

Deno.test("Session.close() ends a stream that nobody reads", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["big:s", "leave"],
    `big: () => new ReadableStream({
      pull: (out) => out.enqueue(new Uint8Array(65536)),
      cancel: () => tell("cancel"),
    }),
    leave: () => stream.close()`,
  );
  const stream = daemon.rpc.big();
  const reader = stream.readable.getReader();
  await reader.read();
  await daemon.rpc.leave();
  await inTime(daemon.connection.closed, "the end of the session");
  // What had come by then is still there to be read.
  const error = await readError(reader);
  assertInstanceOf(error, ConnectionClosedError);
  await inTime(stream.closed, "the end of the stream");
});

Deno.test("Server.close() ends a stream with a reason", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    [...ALL, "shut"],
    `${IFACE}, shut: () => server.close()`,
  );
  const stream = daemon.rpc.both();
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  await reader.read();
  await daemon.rpc.shut();
  for (const error of [await readError(reader), await writeError(writer)]) {
    assertInstanceOf(error, ConnectionClosedError);
    assertEquals([error.method, error.maybeExecuted], ["both", true]);
  }
  await inTime(stream.closed, "the end of the stream");
  await box.released();
});

Deno.test("Server.close() lets a stream's source clean up", async () => {
  await using box = new Sandbox();
  const path = box.path("cleaned");
  await using daemon = await startStreams(
    box,
    ["numbers:s", "shut"],
    `async *numbers() {
      try { for (let n = 0;; n++) yield n; }
      finally { Deno.writeTextFileSync(${JSON.stringify(path)}, "yes"); }
    },
    shut: () => server.close()`,
    { permissions: { write: [path] } },
  );
  const stream = daemon.rpc.numbers();
  const reader = stream.readable.getReader();
  await reader.read();
  await daemon.rpc.shut();
  const error = await readError(reader);
  assertInstanceOf(error, ConnectionClosedError);
  await box.released();
  assertEquals(Deno.readTextFileSync(path), "yes");
});

Deno.test("A client's death cancels the source and aborts the sink", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    [...ALL, "signalled:s"],
    `${IFACE}, signalled: () => {
      const signal = stream.callSignal;
      signal.addEventListener("abort", () => tell("callSignal"));
      return new ReadableStream({ start: (out) => out.enqueue(1) });
    }`,
  );
  await using script = new Script(
    box,
    `const { rpc } = await autod(${
      JSON.stringify(streamsIn(box, [...ALL, "signalled:s"]))
    });
    const both = rpc.both();
    const writer = both.writable.getWriter();
    await writer.write("mine");
    await both.readable.getReader().read();
    await rpc.signalled().readable.getReader().read();
    console.log("open");
    await new Promise((resolve) => setTimeout(resolve, 1e9));`,
  );
  assertEquals(await script.line(), "open");
  assertEquals(await daemon.rpc.told(), ["write", "mine"]);
  script.kill("SIGKILL");
  const events: string[] = [];
  for (let i = 0; i < 3; i++) {
    const [name] = await inTime(daemon.rpc.told(), "an event") as string[];
    events.push(name);
  }
  assertEquals(events.sort(), ["abort", "callSignal", "cancel"]);
});

Deno.test("A client's death ends a source that it did not read", async () => {
  await using box = new Sandbox();
  const iface = `big: () => new ReadableStream({
      pull: (out) => out.enqueue(new Uint8Array(65536)),
      cancel: () => tell("cancel"),
    })`;
  await using daemon = await startStreams(box, ["big:s"], iface);
  const options = streamsIn(box, ["big:s"]);
  await using script = new Script(
    box,
    `const { rpc } = await autod(${JSON.stringify(options)});
    await rpc.big().readable.getReader().read();
    console.log("open");
    await new Promise((resolve) => setTimeout(resolve, 1e9));`,
  );
  assertEquals(await script.line(), "open");
  script.kill("SIGKILL");
  assertEquals(await inTime(daemon.rpc.told(), "cancel"), ["cancel"]);
});

Deno.test("Session.callSignal of a stream method aborts when its readable is cancelled", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["ticks:s"],
    `ticks: () => {
      const signal = stream.callSignal;
      return (async function* () {
        yield 1;
        await new Promise((resolve) =>
          signal.addEventListener("abort", resolve));
        tell("aborted", signal.reason);
      })();
    }`,
  );
  const stream = daemon.rpc.ticks();
  const reader = stream.readable.getReader();
  await reader.read();
  await reader.cancel("enough");
  assertEquals(await daemon.rpc.told(), ["aborted", "enough"]);
  await inTime(stream.closed, "the end of the stream");
});

const BEGINNINGS: Record<string, (code: string) => string> = {
  "a generator": (code) => `async *ticks() {${code}}`,
  "the generator of an iterable": (code) =>
    `ticks: () => ({ async *[Symbol.asyncIterator]() {${code}} })`,
};
for (const [what, toMethod] of Object.entries(BEGINNINGS)) {
  Deno.test(`Session.callSignal is that of the call where ${what} begins`, async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["ticks:s"],
      toMethod(`
        const signal = stream.callSignal;
        yield signal === stream.signal;
        yield stream.callSignal === stream.signal;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        tell("aborted", signal.reason);
      `),
    );
    const stream = daemon.rpc.ticks();
    const reader = stream.readable.getReader();
    const same = [await reader.read(), await reader.read()];
    assertEquals(same.map(({ value }) => value), [false, true]);
    await reader.cancel("enough");
    assertEquals(await inTime(daemon.rpc.told(), "the abort"), [
      "aborted",
      "enough",
    ]);
    await inTime(stream.closed, "the end of the stream");
  });
}

Deno.test(
  "Session.callSignal of a stream method stays when only its writable is aborted",
  async () => {
    await using box = new Sandbox();
    await using daemon = await startStreams(
      box,
      ["both:s", "aborted"],
      `both: () => {
      const signal = globalThis.signal = stream.callSignal;
      return {
        readable: new ReadableStream({ start: (out) => out.enqueue(1) }),
        writable: new WritableStream({ abort: () => tell("abort") }),
      };
    },
    aborted: () => globalThis.signal.aborted`,
    );
    const stream = daemon.rpc.both();
    const reader = stream.readable.getReader();
    await reader.read();
    await stream.writable.abort("enough");
    assertEquals(await daemon.rpc.told(), ["abort"]);
    assertEquals(await daemon.rpc.aborted(), false);
    await reader.cancel();
    await inTime(stream.closed, "the end of the stream");
  },
);

/** Members of a pair that a method returns, its abort told of. */
const signalled = (pair: string) =>
  `both: () => {
    const signal = stream.callSignal;
    signal.addEventListener("abort", () => tell("aborted", signal.reason));
    return { ${pair} };
  }`;

Deno.test(
  "Session.callSignal of a stream method aborts when its writable is aborted after the end of its readable",
  async () => {
    await using box = new Sandbox();
    const pair =
      "readable: ReadableStream.from([1]), writable: new WritableStream()";
    await using daemon = await startStreams(box, ["both:s"], signalled(pair));
    const { readable, writable, closed } = daemon.rpc.both();
    assertEquals(await Array.fromAsync(readable), [1]);
    await writable.getWriter().abort("enough");
    const told = await inTime(daemon.rpc.told(), "the abort");
    assertEquals(told, ["aborted", "enough"]);
    await inTime(closed, "the end of the stream");
  },
);

Deno.test(
  "Session.callSignal of a stream method aborts when its readable is cancelled after its sink has failed",
  async () => {
    await using box = new Sandbox();
    const pair = `readable: new ReadableStream(),
      writable: new WritableStream({
        start: () => Promise.reject(new Error("Disk full")),
      })`;
    await using daemon = await startStreams(box, ["both:s"], signalled(pair));
    const { readable, writable, closed } = daemon.rpc.both();
    const error = await writeError(writable.getWriter());
    assert(error instanceof RpcError);
    await readable.cancel("enough");
    const told = await inTime(daemon.rpc.told(), "the abort");
    assertEquals(told, ["aborted", "enough"]);
    await inTime(closed, "the end of the stream");
  },
);

Deno.test("RpcStream keeps its daemon from closing by autoclose", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["source:s", "refs"],
    `${SOURCE}, refs: () => server.refcount`,
    { autoclose: 200 },
  );
  assertEquals(await daemon.rpc.refs(), 1);
  const stream = daemon.rpc.source();
  const reader = stream.readable.getReader();
  await reader.read();
  assertEquals(await daemon.rpc.refs(), 2);
  await reader.cancel();
  await inTime(stream.closed, "the end of the stream");
  while (await daemon.rpc.refs() !== 1);
  daemon.connection.close();
  await box.onlyDaemon();
});

Deno.test("A plain client's stream keeps the daemon from closing by autoclose until it ends", async () => {
  await using box = new Sandbox();
  const daemon = await startStreams(
    box,
    ["numbers:s"],
    `async *numbers(n) { for (let i = 0; i < n; i++) yield i; }`,
    { autoclose: 200 },
  );
  const conn = await Deno.connect({ transport: "unix", path: box.sockfile });
  const request = { jsonrpc: "2.0", id: 1, method: "numbers", params: [1e5] };
  await conn.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
  await conn.read(new Uint8Array(1));
  await daemon[Symbol.asyncDispose]();
  // All of it comes, though the daemon has no other client for that long.
  const text = await inTime(new Response(conn.readable).text(), "all of it");
  assertEquals(text.trimEnd().split("\n").slice(-2), [
    '{"value":99999}',
    '{"done":true}',
  ]);
  await box.onlyDaemon();
});
