import {
  assert,
  assertEquals,
  assertFalse,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { autod, ConnectionClosedError, RpcError } from "../mod.ts";
import { ended } from "../src/testing/ended.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Script } from "../src/testing/script.ts";

const COUNTER = `let n = 0;
  export default (server) => ({
    add: (m) => n += m,
    pid: () => Deno.pid,
    fail: () => { throw new TypeError("No luck"); },
    never: () => new Promise(() => {}),
    close: () => server.close(),
  });`;

const METHODS = ["add", "pid", "fail", "never", "close"] as const;

function optionsIn(box: Sandbox) {
  const rpcfile = box.write("iface.ts", COUNTER);
  const { sockfile, onProcess } = box;
  return { rpcfile, sockfile, onProcess, methods: METHODS };
}

Deno.test("autod() starts a daemon that keeps its state between connections", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  for (const expected of [2, 4]) {
    await using daemon = await autod(options);
    assertEquals(await daemon.rpc.add(2), expected);
  }
});

Deno.test("autod() starts the daemon in the first call, and joins it in the next", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  const before = Date.now();
  await using first = await autod(options);
  const after = Date.now();
  await using second = await autod(options);
  assert(first.connection.spawned);
  assertFalse(second.connection.spawned);
  assertEquals(first.process?.pid, first.connection.pid);
  assertEquals(second.process, undefined);
  assertEquals(await first.rpc.pid(), first.connection.pid);
  assertEquals(second.connection.pid, first.connection.pid);
  assertEquals(second.connection.instance, first.connection.instance);
  assertEquals(second.connection.startedAt, first.connection.startedAt);
  const startedAt = first.connection.startedAt.getTime();
  assert(before <= startedAt && startedAt <= after, "startedAt is a time");
});

Deno.test("autod() starts another instance when the daemon has ended", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod(options);
  await first.rpc.close();
  await ended(first.process);
  await using second = await autod(options);
  assert(second.connection.spawned);
  assertNotEquals(second.connection.pid, first.connection.pid);
  assertNotEquals(second.connection.instance, first.connection.instance);
});

Deno.test("autod() starts another daemon while the last one closes", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod(options);
  assertEquals(await first.rpc.add(1), 1);
  await first.rpc.close();
  await using second = await autod(options);
  assertEquals(await second.rpc.add(1), 1);
});

Deno.test("autod() starts another daemon when the last one was killed", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod(options);
  first.process?.kill("SIGKILL");
  await first.connection.closed;
  await using second = await autod(options);
  assertEquals(await second.rpc.add(1), 1);
});

Deno.test("autod() gives two calls in one process connections of their own", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod(options);
  await using second = await autod(options);
  first.connection.close();
  assertEquals(await second.rpc.add(1), 1);
});

Deno.test("Daemon.rpc is a plain object without a prototype", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const { rpc } = daemon;
  assertEquals(Object.getPrototypeOf(rpc), null);
  assertEquals(Object.keys(rpc), [...METHODS]);
  assertFalse("then" in rpc);
  assertStrictEquals(await rpc, rpc);
});

Deno.test("Daemon.rpc rejects with what the method threw", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const error = await assertRejects(
    () => daemon.rpc.fail(),
    RpcError,
    "No luck",
  );
  assertEquals([error.code, error.remoteName], [-32000, "TypeError"]);
  assert(error.remoteStack?.includes("iface.ts"), "the stack names the file");
});

Deno.test("Daemon ends the connection and not the daemon when it is disposed of", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  const first = await autod(options);
  await first[Symbol.asyncDispose]();
  assert(first.connection.signal.aborted);
  await assertRejects(() => first.rpc.add(1), ConnectionClosedError);
  await using second = await autod(options);
  assertEquals(second.connection.pid, first.connection.pid);
});

Deno.test("Daemon can be disposed of twice", async () => {
  await using box = new Sandbox();
  const daemon = await autod(optionsIn(box));
  await daemon[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

Deno.test("Connection.close() rejects the calls that have no answer", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const call = daemon.rpc.never();
  daemon.connection.close();
  const error = await assertRejects(() => call, ConnectionClosedError);
  assertEquals([error.method, error.maybeExecuted], ["never", true]);
});

Deno.test("Connection.close() rejects later calls, which were not sent", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  daemon.connection.close();
  const error = await assertRejects(
    () => daemon.rpc.add(1),
    ConnectionClosedError,
    `"add"`,
  );
  assertEquals([error.method, error.maybeExecuted], ["add", false]);
});

Deno.test("Connection.closed and signal tell of close()", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const { connection } = daemon;
  const { signal } = connection;
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve());
  assertFalse(signal.aborted);
  connection.close();
  await aborted.promise;
  await connection.closed;
  assertStrictEquals(connection.signal, signal);
});

Deno.test("Connection.closed and signal tell of a daemon that closes", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const { signal } = daemon.connection;
  await daemon.rpc.close();
  await daemon.connection.closed;
  assert(signal.aborted);
});

Deno.test("Connection.closed tells of a daemon that was killed", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const call = daemon.rpc.never();
  daemon.process?.kill("SIGKILL");
  const error = await assertRejects(() => call, ConnectionClosedError);
  assert(error.maybeExecuted);
  await daemon.connection.closed;
});

Deno.test("Connection.unref() lets a command end that never closes its connection", async () => {
  await using box = new Sandbox();
  const { onProcess: _, ...options } = optionsIn(box);
  await using script = new Script(
    box,
    `const daemon = await autod(${JSON.stringify(options)});
    console.log(await daemon.rpc.add(1));
    daemon.connection.unref();`,
  );
  assertEquals(await script.line(), "1");
  const { code, signal } = await script.ended();
  assertEquals([code, signal, await script.stderr], [0, null, ""]);
});

Deno.test("Connection.unref() lets a command end whose stream nobody asked for", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "ticks.js",
    `export default () => ({
      ticks: () => ReadableStream.from((async function* () {
        yield 1;
        await new Promise(() => {});
      })()),
      wait: () => new Promise((resolve) => setTimeout(resolve)),
    });`,
  );
  const { sockfile } = box;
  const options = { rpcfile, sockfile, methods: ["ticks:s", "wait"] };
  await using script = new Script(
    box,
    `const daemon = await autod(${JSON.stringify(options)});
    daemon.rpc.ticks();
    await daemon.rpc.wait();
    daemon.connection.unref();`,
  );
  const { code, signal } = await script.ended();
  assertEquals([code, signal, await script.stderr], [0, null, ""]);
});

for (
  const [when, code] of [
    ["before", "await follow(); daemon.connection.unref();"],
    ["after", "daemon.connection.unref(); await follow();"],
  ]
) {
  Deno.test(`Connection.unref() lets a command end whose loop was begun ${when} it`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write(
      "events.js",
      `export default () => ({
        async *events() { yield 1; await new Promise(() => {}); },
      });`,
    );
    const { sockfile } = box;
    const options = { rpcfile, sockfile, methods: ["events:s"] };
    await using script = new Script(
      box,
      `const daemon = await autod(${JSON.stringify(options)});
      const timer = setInterval(() => {}, 1e9); // keeps the command alive until then
      const follow = () => new Promise((begun) => {
        (async () => { for await (const _ of daemon.rpc.events()) begun(); })();
      });
      ${code}
      clearInterval(timer);`,
    );
    const { code: status, signal } = await script.ended();
    assertEquals([status, signal, await script.stderr], [0, null, ""]);
  });
}

for (const [what, stream] of [["read", "from([1])"], ["written to", ""]]) {
  Deno.test(`Connection.unref() lets a command end whose stream has yet to be opened, to be ${what}`, async () => {
    await using box = new Sandbox();
    const made = stream ? `ReadableStream.${stream}` : "new WritableStream()";
    const rpcfile = box.write(
      "late.js",
      `let come;
      const called = new Promise((resolve) => come = resolve);
      export default () => ({
        called: () => called,
        late: () => { come(); return new Promise(() => ${made}); },
      });`,
    );
    const { sockfile } = box;
    const options = { rpcfile, sockfile, methods: ["late:s", "called"] };
    await using script = new Script(
      box,
      `const daemon = await autod(${JSON.stringify(options)});
      const stream = daemon.rpc.late();
      const used = ${stream ? "stream.readable" : "stream.writable"};
      await daemon.rpc.called();
      daemon.connection.unref();`,
    );
    const { code, signal } = await script.ended();
    assertEquals([code, signal, await script.stderr], [0, null, ""]);
  });
}

Deno.test("Connection.ref() takes unref() back, also for streams", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "events.js",
    `export default () => ({
      async *events() { yield 1; await new Promise((r) => setTimeout(r, 50)); yield 2; },
    });`,
  );
  const { sockfile } = box;
  const options = { rpcfile, sockfile, methods: ["events:s"] };
  await using script = new Script(
    box,
    `const daemon = await autod(${JSON.stringify(options)});
    daemon.connection.unref();
    const events = Array.fromAsync(daemon.rpc.events());
    daemon.connection.ref();
    events.then((all) => { console.log(all.length); daemon.connection.close(); });`,
  );
  assertEquals(await script.line(), "2");
  const { code, signal } = await script.ended();
  assertEquals([code, signal, await script.stderr], [0, null, ""]);
});

Deno.test("Connection.unref() holds for the connection to a successor", async () => {
  await using box = new Sandbox();
  const { onProcess: _, ...options } = optionsIn(box);
  await using script = new Script(
    box,
    `const daemon = await autod(${JSON.stringify(options)});
    const { pid } = daemon.connection;
    daemon.connection.unref();
    const timer = setInterval(() => {}, 1e9); // keeps the command alive instead
    await daemon.rpc.close();
    console.log(await daemon.rpc.pid() !== pid);
    clearInterval(timer);`,
  );
  assertEquals(await script.line(), "true");
  const { code, signal } = await script.ended();
  assertEquals([code, signal, await script.stderr], [0, null, ""]);
});

Deno.test("Connection.ref() takes unref() back", async () => {
  await using box = new Sandbox();
  const { onProcess: _, ...options } = optionsIn(box);
  await using script = new Script(
    box,
    `const daemon = await autod(${JSON.stringify(options)});
    daemon.connection.unref();
    daemon.connection.ref();
    // Not awaited: the connection alone is to keep the command alive.
    daemon.connection.closed.then(() => console.log("closed"));
    console.log("connected");`,
  );
  assertEquals(await script.line(), "connected");
  await box.stop();
  assertEquals(await script.line(), "closed");
  assertEquals((await script.ended()).code, 0);
});
