// Streams as tools see them that know no more than sockets and lines.
import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../testing/command.ts";
import { inTime } from "../testing/deadline.ts";
import { has } from "../testing/has.ts";
import { PlainFrames } from "../testing/plain_frames.ts";
import { autod } from "../../mod.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { startStreams } from "../testing/stream_daemon.ts";

const NAMES = ["ticks:s", "save:s", "both:s", "later:s", "one", "tick"];
const IFACE = `
  ticks: (count) => ReadableStream.from((function* () {
    for (let n = 1; n <= count; n++) yield n;
  })()),
  live: () => new ReadableStream({
    start: (out) => void (globalThis.out = out),
    cancel: (reason) => tell("cancel", plain(reason)),
  }),
  tick: (value) => globalThis.out.enqueue(value),
  finish: () => globalThis.out.close(),
  save: () => new WritableStream({
    write: (chunk) => tell("write", chunk instanceof Uint8Array
      ? Array.from(chunk) : chunk),
    close: () => tell("close"),
    abort: (reason) => tell("abort", plain(reason)),
  }),
  both: () => new TransformStream(),
  later: async () => ReadableStream.from([1, 2]),
  fail: () => { throw new RangeError("No luck"); },
  one: () => 1`;

type Answer = { readonly error: { readonly code: number } };

function start(box: Sandbox) {
  return startStreams(box, [...NAMES, "live:s", "finish", "fail:s"], IFACE);
}

async function open(
  box: Sandbox,
): Promise<PlainFrames & Disposable> {
  const path = box.sockfile;
  const conn = await Deno.connect({ transport: "unix", path });
  const frames = new PlainFrames(conn);
  return Object.assign(frames, {
    [Symbol.dispose]() {
      try {
        conn.close();
      } catch {
        // The test has closed it.
      }
    },
  });
}

function request(method: string, ...params: unknown[]): unknown {
  return { jsonrpc: "2.0", id: 1, method, params };
}

function opened(readable: boolean, writable: boolean): Record<string, unknown> {
  return { jsonrpc: "2.0", id: 1, result: { readable, writable } };
}

Deno.test("A plain client reads a stream, up to the end of the connection", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box);
  using frames = await open(box);
  await frames.send(request("ticks", 3));
  assertEquals(await inTime(frames.rest(), "the end"), [
    opened(true, false),
    { value: 1 },
    { value: 2 },
    { value: 3 },
    { done: true },
  ]);
});

Deno.test("A plain client reads a stream, also when it has closed its side", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  using frames = await open(box);
  await frames.send(request("live"));
  await frames.closeWrite();
  assertEquals(await frames.next(), opened(true, false));
  for (const value of [1, "two", null]) {
    await daemon.rpc.tick(value);
    assertEquals(await frames.next(), { value });
  }
  await daemon.rpc.finish();
  assertEquals(await inTime(frames.rest(), "the end"), [{ done: true }]);
});

Deno.test(
  "A plain client that has gone after it closed its side cancels the source",
  async () => {
    await using box = new Sandbox();
    await using daemon = await start(box);
    using frames = await open(box);
    await frames.send(request("live"));
    await frames.closeWrite();
    assertEquals(await frames.next(), opened(true, false));
    frames.close();
    const [name] = await inTime(daemon.rpc.told(), "the cancel") as string[];
    assertEquals(name, "cancel");
  },
);

Deno.test(
  "A plain client that hangs up cancels the source, and leaves the daemon alone",
  async () => {
    await using box = new Sandbox();
    await using daemon = await start(box);
    using frames = await open(box);
    await frames.send(request("live"));
    assertEquals(await frames.next(), opened(true, false));
    frames.close();
    const [name] = await inTime(daemon.rpc.told(), "the cancel") as string[];
    assertEquals(name, "cancel");
    assertEquals(await daemon.rpc.one(), 1);
  },
);

Deno.test("A plain client gets each chunk as it comes", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  using frames = await open(box);
  await frames.send(request("live"));
  assertEquals(await frames.next(), opened(true, false));
  await daemon.rpc.tick("now");
  assertEquals(await inTime(frames.next(), "a chunk"), { value: "now" });
  await frames.send({ cancel: null });
  assertEquals(await daemon.rpc.told(), ["cancel", null]);
  // A sender that was cancelled says that all has come.
  assertEquals(await inTime(frames.rest(), "the end"), [{ done: true }]);
});

Deno.test("A plain client cancels with a reason", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  const reasons: [unknown, unknown][] = [
    [{ message: "Enough", data: { name: "RangeError", message: "Enough" } }, {
      name: "RangeError",
      message: "Enough",
    }],
    [{ data: { value: ["enough"] } }, ["enough"]],
    [{ data: { value: null } }, null],
  ];
  for (const [cancel, arrived] of reasons) {
    using frames = await open(box);
    await frames.send(request("live"));
    assertEquals(await frames.next(), opened(true, false));
    await frames.send({ cancel });
    assertEquals(await daemon.rpc.told(), ["cancel", arrived]);
    assertEquals(await inTime(frames.rest(), "the end"), [{ done: true }]);
  }
});

Deno.test("A plain client writes a stream, and hears that it was closed", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  using frames = await open(box);
  await frames.send(request("save"));
  assertEquals(await frames.next(), opened(false, true));
  await frames.send({ value: 1 }, new Uint8Array([0, 10, 255]), { value: "x" });
  await frames.send({ done: true });
  assertEquals(await inTime(frames.rest(), "the end"), [{ closed: true }]);
  const events: unknown[] = [];
  for (let i = 0; i < 4; i++) events.push(await daemon.rpc.told());
  assertEquals(events, [
    ["write", 1],
    ["write", [0, 10, 255]],
    ["write", "x"],
    ["close"],
  ]);
});

Deno.test("A plain client that ends without done aborts the sink", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  for (const end of ["closeWrite", "close"] as const) {
    using frames = await open(box);
    await frames.send(request("save"));
    assertEquals(await frames.next(), opened(false, true));
    await frames.send({ value: 1 });
    assertEquals(await daemon.rpc.told(), ["write", 1]);
    await frames[end]();
    assertEquals(await inTime(daemon.rpc.told(), "the abort"), ["abort", {
      name: "Error",
      message: "The connection ended before the stream did",
    }]);
    if (end === "closeWrite") {
      await inTime(frames.rest(), "the end of the connection");
    }
  }
});

Deno.test("A plain client's chunk that is cut off aborts the sink, and is not written", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  using frames = await open(box);
  await frames.send(request("save"));
  assertEquals(await frames.next(), opened(false, true));
  await frames.write('{"bytes":10}\n12345');
  await frames.closeWrite();
  const [name] = await inTime(daemon.rpc.told(), "the abort") as string[];
  assertEquals(name, "abort");
});

Deno.test("A plain client ends each direction by itself", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box);
  using frames = await open(box);
  await frames.send(request("both"));
  assertEquals(await frames.next(), opened(true, true));
  await frames.send({ value: 1 });
  assertEquals(await frames.next(), { value: 1 });
  await frames.send(new Uint8Array([1, 2]), { done: true });
  const rest = await inTime(frames.rest(), "the end");
  assertEquals(rest[0], new Uint8Array([1, 2]));
  // Which of the two ends comes first is up to the method.
  assertEquals(
    new Set(rest.slice(1).map((frame) => JSON.stringify(frame))),
    new Set(['{"done":true}', '{"closed":true}']),
  );
});

Deno.test("A plain client gets an error as the answer, and the connection goes on", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box);
  using frames = await open(box);
  await frames.send(request("fail"));
  const { error } = await frames.next() as unknown as Answer;
  assertEquals(error.code, -32000);
  await frames.send(request("one"));
  assertEquals(await frames.next(), { jsonrpc: "2.0", id: 1, result: 1 });
});

Deno.test("A stream call after another call on the same connection is a -32600", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box);
  for (const method of ["ticks", "later"]) {
    using frames = await open(box);
    await frames.send(request("one"));
    assertEquals(await frames.next(), { jsonrpc: "2.0", id: 1, result: 1 });
    await frames.send(request(method, 1));
    const { error } = await frames.next() as unknown as Answer;
    assertEquals(error.code, -32600);
    // The connection goes on as it was.
    await frames.send(request("one"));
    assertEquals(await frames.next(), { jsonrpc: "2.0", id: 1, result: 1 });
  }
});

Deno.test("A stream call that is a notification is not answered, and closes nothing", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  using frames = await open(box);
  await frames.send({ jsonrpc: "2.0", method: "live" });
  const [name] = await inTime(daemon.rpc.told(), "the cancel") as string[];
  assertEquals(name, "cancel");
  await frames.send(request("one"));
  assertEquals(await frames.next(), { jsonrpc: "2.0", id: 1, result: 1 });
});

Deno.test("A stream call in one write with another request is a -32600", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box);
  for (const method of ["ticks", "later"]) {
    using frames = await open(box);
    await frames.send(request(method, 2), {
      ...request("one") as object,
      id: 2,
    });
    await frames.closeWrite();
    const answers = await inTime(frames.rest(), "the answers");
    const byId = new Map(
      answers.map((answer) => [(answer as { id?: unknown }).id, answer]),
    );
    assertEquals(answers.length, 2, JSON.stringify(answers));
    assertEquals((byId.get(1) as unknown as Answer).error.code, -32600);
    assertEquals(byId.get(2), { jsonrpc: "2.0", id: 2, result: 1 });
  }
});

Deno.test("A stream call in a batch is a -32600", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box);
  const stream = request("ticks", 2);
  const plain = { ...request("one") as object, id: 2 };
  for (const batch of [[stream], [stream, plain], [plain, stream]]) {
    using frames = await open(box);
    await frames.send(batch);
    await frames.closeWrite();
    const [answers, ...others] = await inTime(frames.rest(), "the answers");
    assert(Array.isArray(answers), JSON.stringify(answers));
    const codes = answers.map(({ id, result, error }) =>
      id === 1 ? error?.code : result
    );
    assertEquals(codes.sort(), batch.length === 1 ? [-32600] : [-32600, 1]);
    assertEquals(others, []);
  }
});

Deno.test("Frames before the answer end in errors, never in a stream that lacks them", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box);
  using frames = await open(box);
  await frames.send(request("save"), { value: 1 }, { value: 2 });
  await frames.closeWrite();
  const answers = await inTime(frames.rest(), "the answers");
  assertEquals(
    answers.map((answer) => (answer as unknown as Answer).error?.code),
    [-32600, -32600, -32600],
  );
});

Deno.test("An invalid frame ends the stream with an error on both sides", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  for (const line of ["nonsense", '{"unknown":1}', '{"bytes":-1}', "[]"]) {
    using frames = await open(box);
    await frames.send(request("save"));
    assertEquals(await frames.next(), opened(false, true));
    await frames.write(`${line}\n`);
    assertEquals(await inTime(frames.rest(), "the end"), [], line);
    const event = await inTime(daemon.rpc.told(), "the abort") as [
      string,
      { cause: { name: string } },
    ];
    assertEquals([event[0], event[1].cause.name], ["abort", "SyntaxError"]);
  }
});

Deno.test("A session that is not there is a -32802", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box);
  for (const session of ["nobody", ""]) {
    using frames = await open(box);
    await frames.send({ ...request("ticks", 1) as object, session });
    const { error } = await frames.next() as unknown as Answer;
    assertEquals(error.code, -32802);
  }
});

const PYTHON = `
import json, socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
sock.sendall(b'{"jsonrpc":"2.0","id":1,"method":"' + sys.argv[2].encode() + b'","params":[3]}\\n')
if sys.argv[3] == "half":
    sock.shutdown(socket.SHUT_WR)
for line in sock.makefile():
    print(line, end="")
`;

const LINES = [
  '{"jsonrpc":"2.0","id":1,"result":{"readable":true,"writable":false}}',
  '{"value":1}',
  '{"value":2}',
  '{"value":3}',
  '{"done":true}',
  "",
].join("\n");

for (const close of ["full", "half"]) {
  Deno.test(`python3 prints the answer and the frames: ${close}`, {
    ignore: !await has("python3", "-c", "import socket; socket.AF_UNIX"),
  }, async () => {
    await using box = new Sandbox();
    await using _daemon = await start(box);
    const output = await runProgram("python3", [
      "-c",
      PYTHON,
      box.sockfile,
      "ticks",
      close,
    ]);
    assertEquals([output.stdout, output.stderr], [LINES, ""]);
  });
}

for (const flags of ["-U", "-U -N"]) {
  Deno.test(`nc ${flags} prints the answer and the frames`, {
    ignore: !await has("sh", "-c", "nc -h 2>&1 | grep -q -e -U"),
  }, async () => {
    await using box = new Sandbox();
    await using _daemon = await start(box);
    const line = JSON.stringify(request("ticks", 3));
    const script = `echo '${line}' | nc ${flags} "${box.sockfile}"`;
    const output = await runProgram("sh", ["-c", script]);
    assertEquals(output.stdout, LINES);
  });
}

Deno.test("$/status counts the streams, and names the rpcfile", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    "export default () => ({ never: () => new ReadableStream() });",
  );
  const { sockfile, onProcess } = box;
  const methods = ["never:s"] as const;
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  const status = async () =>
    JSON.parse(await box.request("$/status")).result as Record<string, unknown>;
  assertEquals((await status()).streams, 0);
  await using stream = daemon.rpc.never();
  const closed = stream.writable.getWriter().closed.catch(() => {});
  await closed; // it takes no chunks, which is known when it is open
  assertEquals((await status()).streams, 1);
  assertEquals((await status()).rpcfile, `file://${rpcfile}`);
});
