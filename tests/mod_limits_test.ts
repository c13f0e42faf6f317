import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { autod, type AutodOptions, RpcError } from "../mod.ts";
import type { LimitOptions } from "../server.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const MIB = 1024 * 1024;
const METHODS = ["echo", "calls", "text", "deep", "echoes:s", "texts:s"];

const IFACE = `let calls = 0;
const deepOf = (levels) => levels === 0 ? 0 : [deepOf(levels - 1)];
export default () => ({
  echo: (value) => (calls++, value),
  calls: () => calls,
  text: (length) => "x".repeat(length),
  deep: deepOf,
  echoes: () => new TransformStream(),
  texts: (length) => ReadableStream.from(["x".repeat(length)]),
});`;

/** The options to reach the daemon, without limits of its own. */
function optionsIn(box: Sandbox): AutodOptions<string[]> {
  const { sockfile, onProcess } = box;
  const rpcfile = box.path("iface.js");
  return { rpcfile, sockfile, onProcess, methods: METHODS };
}

/** Starts a daemon with such limits. */
function start(box: Sandbox, limits: LimitOptions) {
  box.write("iface.js", IFACE);
  return autod({ ...optionsIn(box), ...limits });
}

function nested(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

type Streams = Record<
  string,
  (...args: unknown[]) => ReadableWritablePair<unknown, unknown>
>;

/** Sends a value through a stream of the daemon. */
async function through(
  { rpc }: { rpc: unknown },
  value: unknown,
): Promise<unknown> {
  const { readable, writable } = (rpc as Streams).echoes();
  const writer = writable.getWriter();
  const reader = readable.getReader();
  writer.closed.catch(() => {});
  const read = reader.read();
  read.catch(() => {});
  await writer.write(value);
  const result = await read;
  await writer.close();
  await reader.read();
  return result.value;
}

Deno.test("autod() hands the limits to the daemon that it starts", async () => {
  await using box = new Sandbox();
  const limits = {
    maxMessageBytes: 5000,
    maxDepth: 9,
    maxBatchLength: 8,
    maxInFlight: 7,
    maxConnections: 6,
  };
  await using _daemon = await start(box, limits);
  const { result } = JSON.parse(await box.request("$/status"));
  assertEquals(result.limits, limits);
});

Deno.test("autod() sends and receives what its daemon takes, also by a command that knows no limits", async () => {
  await using box = new Sandbox();
  const text = "x".repeat(15 * MIB);
  await using first = await start(box, { maxMessageBytes: 16 * MIB });
  await using second = await autod(optionsIn(box));
  assertEquals(second.connection.pid, first.connection.pid);
  for (const daemon of [first, second]) {
    assertEquals((await daemon.rpc.echo(text) as string).length, text.length);
    assertEquals((await through(daemon, text) as string).length, text.length);
    await assertRejects(
      () => daemon.rpc.echo("x".repeat(16 * MIB)) as Promise<unknown>,
      RangeError,
      `take more than ${16 * MIB} bytes`,
    );
  }
});

Deno.test("autod() rejects a call that is longer than its daemon takes, and does not send it", async () => {
  await using box = new Sandbox();
  await using _first = await start(box, { maxMessageBytes: 4096 });
  await using daemon = await autod(optionsIn(box));
  const { rpc } = daemon;
  const error = await assertRejects(
    () => rpc.echo("x".repeat(4096)) as Promise<unknown>,
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot call "echo": its arguments take more than 4096 bytes (maxMessageBytes)',
  );
  assertEquals(await rpc.calls(), 0);
  const tooLong = await assertRejects(
    () => rpc.text(4096) as Promise<unknown>,
    RpcError,
  );
  assertEquals(tooLong.code, -32003);
  await assertRejects(() => through(daemon, "x".repeat(4096)), RangeError);
  const texts = (rpc as unknown as Streams).texts(4096).readable;
  await assertRejects(() => Array.fromAsync(texts), RpcError);
  assertEquals((await rpc.text(3000) as string).length, 3000);
  assertEquals(await through(daemon, "fits"), "fits");
});

Deno.test("autod() rejects a call that is deeper than its daemon takes, and does not send it", async () => {
  await using box = new Sandbox();
  await using _first = await start(box, { maxDepth: 10 });
  await using daemon = await autod(optionsIn(box));
  const { rpc } = daemon;
  // The request and its params are two levels, and a frame is one.
  assertEquals(await rpc.echo(nested(8)), nested(8));
  assertEquals(await through(daemon, nested(9)), nested(9));
  await assertRejects(
    () => rpc.echo(nested(9)) as Promise<unknown>,
    RangeError,
    'Cannot call "echo": its arguments are nested deeper than 10 levels (maxDepth)',
  );
  assertEquals(await rpc.calls(), 1);
  await assertRejects(() => through(daemon, nested(10)), RangeError);
  // A result is its daemon's own.
  assertEquals(JSON.stringify(await rpc.deep(50)).length, 101);
});

Deno.test("autod() keeps to its limits where there is no daemon", async () => {
  await using box = new Sandbox();
  box.write("iface.js", IFACE);
  const options = { ...optionsIn(box), mode: "inline", maxDepth: 10 } as const;
  await using daemon = await autod(options);
  assertEquals(await daemon.rpc.echo(nested(8)), nested(8));
  await assertRejects(
    () => daemon.rpc.echo(nested(9)) as Promise<unknown>,
    RangeError,
    "maxDepth",
  );
});

Deno.test("A daemon answers five million brackets with an error, and serves the others", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box, {});
  using conn = await Deno.connect({ transport: "unix", path: box.sockfile });
  const peer = new PlainPeer(conn);
  const line = "[".repeat(5_000_000) + "]".repeat(5_000_000);
  const writing = peer.write(
    `{"jsonrpc":"2.0","id":1,"method":"echo","params":${line}}\n`,
  );
  assertEquals(await daemon.rpc.echo(1), 1);
  await writing;
  const { id, error } = await peer.next();
  assertEquals([id, error?.code], [null, -32600]);
  assertStringIncludes(`${error?.message}`, "maxDepth");
  await peer.ask([2, "echo", [2]]);
  assertEquals((await peer.next()).result, 2);
  assertEquals(await daemon.rpc.calls(), 2);
});

Deno.test("A daemon tells a plain client why it ends a stream that goes over a limit", async () => {
  await using box = new Sandbox();
  await using _daemon = await start(box, { maxMessageBytes: 4096 });
  const values = { long: "x".repeat(5000), deep: nested(1500) };
  for (const [name, value] of Object.entries(values)) {
    using conn = await Deno.connect({ transport: "unix", path: box.sockfile });
    const peer = new PlainPeer(conn);
    await peer.ask([1, "echoes"]);
    assertEquals((await peer.next()).result, {
      readable: true,
      writable: true,
    });
    await peer.send({ value: 1 });
    assertEquals(await peer.next(), { value: 1 } as unknown);
    await peer.send({ value });
    assertEquals((await peer.next()).error?.code, -32600, name);
    const { cancel } = await peer.next() as { cancel?: { code: number } };
    assertEquals(cancel?.code, -32600);
    await peer.assertEnd();
  }
});
