import { assert, assertEquals, assertRejects } from "@std/assert";
import { AutodError, RpcError, withSignal } from "../../mod.ts";
import { inTime } from "../testing/deadline.ts";
import { descriptors } from "../testing/descriptors.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { startStreams } from "../testing/stream_daemon.ts";

const IFACE = `
  three: () => ReadableStream.from([1, "two", new Uint8Array(3)]),
  endless: () => {
    let n = 0;
    return new ReadableStream({
      pull: (out) => n < 20 ? out.enqueue(n++) : new Promise(() => {}),
    });
  },
  big: () => new ReadableStream({
    pull: (out) => out.enqueue(new Uint8Array(100_000)),
  }),
  echo: () => new TransformStream(),
  save: () => new WritableStream(),
  full: () => new WritableStream({
    write() { throw new RangeError("Disk full"); },
  }),
  fail: async function* () { yield 1; throw new RangeError("No luck"); },
  refuse: () => { throw new RangeError("No luck"); },
  refs: () => server.refcount`;

const METHODS = [
  "three:s",
  "endless:s",
  "big:s",
  "echo:s",
  "save:s",
  "full:s",
  "fail:s",
  "refuse:s",
  "refs",
] as const;

type Methods = Awaited<
  ReturnType<typeof startStreams<typeof METHODS>>
>["rpc"];
type Stream = ReturnType<Methods["echo"]>;

/** Each opens a stream, and ends it in a way of its own. */
const WAYS: Record<string, (rpc: Methods) => Promise<Stream> | Stream> = {
  async end(rpc) {
    const stream = rpc.three();
    assertEquals((await Array.fromAsync(stream)).length, 3);
    return stream;
  },
  async bytes(rpc) {
    const stream = rpc.big();
    const reader = stream.bytes.getReader({ mode: "byob" });
    await reader.read(new Uint8Array(1000));
    await reader.cancel();
    return stream;
  },
  async break(rpc) {
    const stream = rpc.endless();
    for await (const n of stream) if (n === 10) break;
    return stream;
  },
  async cancel(rpc) {
    const stream = rpc.big();
    const reader = stream.readable.getReader();
    await reader.read();
    await reader.cancel(new Error("Enough"));
    return stream;
  },
  async error(rpc) {
    const stream = rpc.fail();
    await assertRejects(() => Array.fromAsync(stream), RpcError);
    return stream;
  },
  async refusal(rpc) {
    const stream = rpc.refuse();
    await assertRejects(() => Array.fromAsync(stream), RpcError);
    return stream;
  },
  async echo(rpc) {
    const stream = rpc.echo();
    const chunks = ReadableStream.from([1, 2]).pipeThrough(stream);
    assertEquals(await Array.fromAsync(chunks), [1, 2]);
    return stream;
  },
  async close(rpc) {
    const stream = rpc.save();
    const writer = stream.writable.getWriter();
    await writer.write("one");
    await writer.close();
    return stream;
  },
  async abort(rpc) {
    const stream = rpc.save();
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    await writer.write("one");
    await writer.abort("enough");
    return stream;
  },
  async sink(rpc) {
    const stream = rpc.full();
    const writer = stream.writable.getWriter();
    await writer.write("one");
    await assertRejects(() => writer.closed, RpcError);
    return stream;
  },
  async dispose(rpc) {
    await using stream = rpc.big();
    await stream.readable.getReader().read();
    return stream;
  },
  async disposeAtOnce(rpc) {
    const stream = rpc.echo();
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    await writer.write("one");
    await stream[Symbol.asyncDispose]();
    return stream;
  },
  signalBefore: (rpc) => withSignal(rpc, AbortSignal.abort()).endless(),
  async signalDuring(rpc) {
    const controller = new AbortController();
    const stream = withSignal(rpc, controller.signal).endless();
    await stream.readable.getReader().read();
    controller.abort();
    return stream;
  },
  async signalAfter(rpc) {
    const controller = new AbortController();
    const stream = withSignal(rpc, controller.signal).three();
    await Array.fromAsync(stream);
    controller.abort();
    return stream;
  },
};

Deno.test("RpcStream leaves no descriptor behind, however a thousand of them end", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, METHODS, IFACE);
  const { rpc, connection: { pid } } = daemon;
  const round = async () => {
    for (const [name, end] of Object.entries(WAYS)) {
      const stream = await inTime(Promise.resolve(end(rpc)), name);
      await inTime(stream.closed, `the end of "${name}"`);
    }
    while (await rpc.refs() !== 1);
  };
  await round(); // what is made once is no leak
  const before = [descriptors(Deno.pid).length, descriptors(pid).length];
  const rounds = Math.ceil(1000 / Object.keys(WAYS).length);
  for (let i = 0; i < rounds; i++) await round();
  const after = [descriptors(Deno.pid).length, descriptors(pid).length];
  // Tests in other files run meanwhile, and are threads of this process: what
  // they have open is far less than what a thousand streams would leave.
  assert(after[0] <= before[0] + 100, `${before} became ${after}`);
  assert(after[1] <= before[1] + 3, `${before} became ${after}`);
});

Deno.test("RpcStream ends two hundred at once", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, METHODS, IFACE);
  const { rpc } = daemon;
  const ways = Object.values(WAYS);
  const streams = await inTime(
    Promise.all(
      Array.from({ length: 200 }, (_, n) => ways[n % ways.length](rpc)),
    ),
    "the use of all streams",
  );
  for (const { closed } of streams) await inTime(closed, "the end of a stream");
  while (await rpc.refs() !== 1);
});

Deno.test("RpcStreams end each for itself where random numbers are not random", async () => {
  await using box = new Sandbox();
  const { randomUUID } = crypto;
  using _restored = {
    [Symbol.dispose]: () => crypto.randomUUID = randomUUID,
  };
  crypto.randomUUID = () => "00000000-0000-4000-8000-000000000000";
  await using daemon = await startStreams(box, METHODS, IFACE);
  const kept = daemon.rpc.endless().readable.getReader();
  assertEquals((await kept.read()).value, 0);
  const other = daemon.rpc.endless();
  for await (const n of other) if (n === 1) break;
  await inTime(other.closed, "the end of the other one");
  for (let n = 1; n < 20; n++) {
    const { done, value } = await inTime(kept.read(), `the number ${n}`);
    assertEquals([done, value], [false, n]);
  }
});

Deno.test("RpcStream that finds no socket leaves its session and the other streams alone", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, METHODS, IFACE);
  const { connection, rpc } = daemon;
  const { signal, instance, spawned, reason } = connection;
  const kept = rpc.endless().readable.getReader();
  assertEquals((await kept.read()).value, 0);
  Deno.removeSync(box.sockfile);
  const chunks = await inTime(Array.fromAsync(rpc.three()), "the chunks");
  assertEquals(chunks.length, 3);
  assertEquals((await inTime(kept.read(), "the next number")).value, 1);
  assertEquals(signal.aborted, false);
  assertEquals(
    [connection.instance, connection.spawned, connection.reason],
    [instance, spawned, reason],
  );
});

Deno.test("RpcStream that cannot be opened fails alone", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, METHODS, IFACE);
  const { connection, rpc } = daemon;
  const { signal } = connection;
  const kept = rpc.endless().readable.getReader();
  assertEquals((await kept.read()).value, 0);
  const { connect } = Deno;
  using _restored = { [Symbol.dispose]: () => Deno.connect = connect };
  const shortage = Object.assign(new Error("Too many open files"), {
    code: "EMFILE",
  });
  Deno.connect = (): Promise<never> => Promise.reject(shortage);
  const error = await assertRejects(
    () => Array.fromAsync(rpc.three()),
    AutodError,
  );
  assertEquals([error.code, error.cause], ["not-permitted", shortage]);
  Deno.connect = connect;
  assertEquals((await inTime(kept.read(), "the next number")).value, 1);
  assertEquals(signal.aborted, false);
});
