import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { AutodError, RpcError, withSignal } from "../mod.ts";
import {
  createServer,
  type LimitOptions,
  MAX_IN_FLIGHT,
  type Session,
} from "../server.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { runCli } from "../src/testing/cli.ts";
import { inTime } from "../src/testing/deadline.ts";
import { descriptors } from "../src/testing/descriptors.ts";
import { namesIn } from "../src/testing/names_in.ts";
import {
  idAndCode,
  type Message,
  PlainPeer,
} from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Script } from "../src/testing/script.ts";
import { ask, join, serve } from "../src/testing/serve.ts";
import { Timers } from "../src/testing/timers.ts";

/** Connects as a plain client that has said nothing yet. */
async function connect(box: Sandbox): Promise<Deno.UnixConn> {
  return await Deno.connect({ transport: "unix", path: box.sockfile });
}

const WRONG: Record<keyof LimitOptions, unknown[]> = {
  maxMessageBytes: [4095, 2 ** 28 + 1, 5000.5, NaN, Infinity, "5000", -1],
  maxDepth: [7, 8.5, NaN, Infinity, "8"],
  maxBatchLength: [0, 1.5, NaN, Infinity, "1"],
  maxInFlight: [0, 1.5, NaN, Infinity, "1"],
  maxConnections: [0, 1.5, NaN, Infinity, "1"],
};

for (const [option, values] of Object.entries(WRONG)) {
  Deno.test(`createServer() rejects a wrong ${option}`, () => {
    for (const value of values) {
      const error = assertThrows(
        () => createServer(() => ({}), { [option]: value }),
        typeof value === "number" ? RangeError : TypeError,
      );
      assertStringIncludes(error.message, `"${option}"`);
    }
  });
}

Deno.test("createServer() takes the least and the most of each limit", async () => {
  const least = { maxMessageBytes: 4096, maxDepth: 8, maxConnections: 1 };
  for (const options of [least, { maxMessageBytes: 2 ** 28 }]) {
    await using box = new Sandbox();
    await using _server = await serve(box, () => ({ one: () => 1 }), options);
    await using daemon = await join(box, "one");
    assertEquals(await daemon.rpc.one(), 1);
  }
});

Deno.test("Server refuses a call beyond maxInFlight, and goes on with the others", async () => {
  await using box = new Sandbox();
  const ends: (() => void)[] = [];
  const started: unknown[] = [];
  await using _server = await serve(box, () => ({
    slow: (n: number) => {
      started.push(n);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  }), { maxInFlight: 2 });
  await using daemon = await join(box, "slow");
  await using other = await join(box, "slow");
  const calls = [daemon.rpc.slow(1), daemon.rpc.slow(2)];
  const error = await assertRejects(() => daemon.rpc.slow(3), RpcError);
  assertEquals(error.code, -32005);
  assertStringIncludes(error.message, 'Cannot start "slow": 2 calls');
  assertStringIncludes(error.message, "maxInFlight");
  // Each connection has its own.
  const another = other.rpc.slow(4);
  const [{ result }] = await ask(box, ["$/status"]);
  assertEquals((result as { calls: number }).calls, 3);
  for (const end of ends) end();
  await Promise.all([...calls, another]);
  const last = daemon.rpc.slow(5);
  await ask(box, ["$/status"]); // by then it was started
  ends.at(-1)!();
  await last;
  assertEquals(started, [1, 2, 4, 5]);
});

Deno.test("Server takes a cancellation while maxInFlight calls run", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, (_, stream) => ({
    slow: () =>
      new Promise((_, reject) => {
        const { callSignal } = stream;
        callSignal.onabort = () => reject(callSignal.reason);
      }),
    one: () => 1,
  }), { maxInFlight: 1 });
  await using daemon = await join(box, "slow", "one");
  const controller = new AbortController();
  const slow = withSignal(daemon.rpc, controller.signal).slow();
  await assertRejects(() => daemon.rpc.one(), RpcError);
  controller.abort();
  await assertRejects(() => slow, DOMException);
  await ask(box, ["$/status"]); // by then it has ended
  assertEquals(await daemon.rpc.one(), 1);
});

Deno.test("Server counts each call of a batch, and the protocol's own that wait", async () => {
  await using box = new Sandbox();
  const go = Promise.withResolvers<void>();
  await using _server = await serve(box, async () => {
    await go.promise;
    return { one: () => 1 };
  }, { maxInFlight: 3 });
  using conn = await connect(box);
  const peer = new PlainPeer(conn);
  await peer.ask(
    ["hello", "$/hello", { protocol: 1 }],
    ["discover", "rpc.discover"],
  );
  const one = { jsonrpc: "2.0", id: 1, method: "one" };
  await peer.send([one, { ...one, id: 2 }]);
  await peer.ask(["more", "rpc.discover"], ["status", "$/status"]);
  assertEquals(await peer.nextError(), ["more", -32005]);
  assertEquals((await peer.next()).id, "status");
  go.resolve();
  const answers: (Message | Message[])[] = [];
  for (let i = 0; i < 3; i++) answers.push(await peer.next());
  const [first, second] = answers.find(Array.isArray)!;
  assertEquals(first.result, 1);
  assertEquals(idAndCode(second), [2, -32005]);
});

Deno.test("Server reports one of the notifications that it drops", async () => {
  await using box = new Sandbox();
  const reported: string[] = [];
  await using _server = await serve(
    box,
    () => ({ slow: () => new Promise(() => {}) }),
    { maxInFlight: 1, onError: (error) => reported.push(String(error)) },
  );
  using conn = await connect(box);
  const peer = new PlainPeer(conn);
  await peer.ask([1, "slow"]);
  const note = { jsonrpc: "2.0", method: "note" };
  await peer.send(note, note, note);
  await peer.ask([2, "$/status"]);
  assertEquals((await peer.next()).id, 2);
  assertEquals(reported.length, 1);
  assertStringIncludes(reported[0], 'Cannot start "note"');
});

Deno.test("Server takes 65,536 calls in flight by default", async () => {
  const count = 65_536;
  assert(MAX_IN_FLIGHT > count);
  await using box = new Sandbox();
  const go = Promise.withResolvers<void>();
  let waiting = 0;
  await using _server = await serve(box, () => ({
    slow: async (n: number) => {
      waiting++;
      await go.promise;
      return n;
    },
    waiting: () => waiting,
  }));
  await using daemon = await join(box, "slow", "waiting");
  const calls = Array.from({ length: count }, (_, n) => daemon.rpc.slow(n));
  assertEquals(await daemon.rpc.waiting(), count);
  go.resolve();
  const answers = await inTime(Promise.all(calls), "the answers");
  assertEquals(answers.every((answer, n) => answer === n), true);
});

Deno.test("Server turns away a connection beyond maxConnections, and says why", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({ one: () => 1 }), {
    maxConnections: 2,
  });
  await using daemon = await join(box, "one");
  using silent = await connect(box);
  using third = await connect(box);
  const turnedAway = new PlainPeer(third);
  // Before it is read, and after.
  await turnedAway.ask([1, "one"]);
  const answer = await inTime(turnedAway.next(), "the reason");
  assertEquals(idAndCode(answer), [null, -32005]);
  assertStringIncludes(`${answer.error?.message}`, "maxConnections");
  await turnedAway.ask([2, "one"]);
  await turnedAway.assertEnd();
  assertEquals(await daemon.rpc.one(), 1);

  silent.closeWrite();
  await new PlainPeer(silent).assertEnd();
  await using next = await join(box, "one");
  assertEquals(await next.rpc.one(), 1);
});

Deno.test("autod() rejects at once where a daemon has maxConnections, and starts none", async () => {
  await using box = new Sandbox();
  await using server = await serve(box, () => ({ one: () => 1 }), {
    maxConnections: 1,
  });
  await using daemon = await join(box, "one");
  const files = namesIn(box.dir);
  const tries = Array.from(
    { length: 50 },
    () => assertRejects(() => join(box, "one"), AutodError),
  );
  for (const { code, message } of await Promise.all(tries)) {
    assertEquals(code, "too-many-connections");
    assertStringIncludes(message, box.sockfile);
    assertStringIncludes(message, "maxConnections");
  }
  // Whoever starts a daemon makes a file to lock.
  assertEquals(namesIn(box.dir), files);
  assertEquals(await daemon.rpc.one(), 1);
  assertEquals(server.refcount, 1);
});

Deno.test("autod status, stop and call say that the daemon has maxConnections", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({ one: () => 1 }), {
    maxConnections: 1,
  });
  await using daemon = await join(box, "one");
  for (const command of ["status", "stop"]) {
    const { code, stderr, stdout } = await runCli([command, box.sockfile]);
    assertEquals(code, ExitCode.notResponding);
    const text = stdout + stderr;
    assertStringIncludes(text, `Cannot ask the daemon at "${box.sockfile}"`);
    assertStringIncludes(text, `kill ${Deno.pid}`);
  }
  const call = await runCli(["call", box.sockfile, "one"]);
  assertEquals(call.code, ExitCode.notResponding);
  assertEquals(await daemon.rpc.one(), 1);
});

Deno.test("RpcStream ends with the reason where the daemon has maxConnections", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({
    ticks: () => ReadableStream.from([1, 2]),
    one: () => 1,
  }), { maxConnections: 1 });
  await using daemon = await join(box, "ticks:s", "one");
  const ticks = daemon.rpc.ticks() as unknown as AsyncIterable<number>;
  const error = await assertRejects(
    () => Array.fromAsync(ticks),
    RpcError,
    "maxConnections",
  );
  assertEquals(error.code, -32005);
  assertEquals(await daemon.rpc.one(), 1);
});

Deno.test("Server that closes says so also where it has maxConnections", async () => {
  await using box = new Sandbox();
  const server = await serve(box, () => ({
    never: () => new Promise(() => {}),
  }), { maxConnections: 1 });
  using first = await connect(box);
  const client = new PlainPeer(first);
  await client.ask([1, "never"], [2, "$/status"]);
  await client.next();
  // Whoever is on the way when the socket is removed has found it before.
  const path = box.path("found.sock");
  Deno.linkSync(box.sockfile, path);
  {
    using timers = new Timers(); // that it is left for
    server.close();
    using late = await Deno.connect({ transport: "unix", path });
    const peer = new PlainPeer(late);
    await peer.ask([1, "never"]);
    assertEquals(await peer.nextError(), [1, -32802]);
    while (timers.length > 0) {
      timers.fire();
      await timers.rest();
    }
  }
  await inTime(server.closed, "the end");
});

Deno.test("Server hangs up on those that it turned away when it closes", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  await using script = new Script(
    box,
    `const options = { sockfile: "${sockfile}", maxConnections: 1 };
    const server = listen(() => ({ one: () => 1 }), options);
    await server.ready;
    console.log("ready");
    await server.closed;
    // The runtime closes them in its next turns.
    for (let i = 0; i < 20; i++) await new Promise((go) => setTimeout(go));
    console.log([...Deno.readDirSync("/proc/self/fd")].length);`,
  );
  assertEquals(await script.line(), "ready");
  using first = await connect(box);
  const client = new PlainPeer(first);
  await client.ask([1, "one"]);
  await client.next();
  const before = descriptors(script.pid).length;
  const turnedAway = await Promise.all(
    Array.from({ length: 20 }, () => connect(box)),
  );
  for (const conn of turnedAway) await new PlainPeer(conn).nextError();
  assertEquals(descriptors(script.pid).length, before + turnedAway.length);
  script.kill("SIGTERM");
  assert(Number(await script.line()) <= before);
  await script.ended();
  for (const conn of turnedAway) conn.close();
});

Deno.test("Server holds nothing for a connection that says nothing", async () => {
  for (const said of ["", '{"jsonrpc":"2.0","id":1,', "\n\r\n", "nonsense\n"]) {
    await using box = new Sandbox();
    const server = await serve(box, () => ({ one: () => 1 }), {
      autoclose: 10,
    });
    const hold = server.ref();
    using silent = await connect(box);
    const peer = new PlainPeer(silent);
    await peer.write(said);
    {
      await using daemon = await join(box, "one");
      assertEquals(await daemon.rpc.one(), 1);
    }
    hold[Symbol.dispose]();
    await inTime(server.closed, "autoclose");
  }
});

Deno.test("Server holds for a plain client from its first request to its end", async () => {
  await using box = new Sandbox();
  const counts: number[] = [];
  let session: Session | undefined;
  await using server = await serve(box, (server, stream) => {
    session = stream;
    return { count: () => counts.push(server.refcount) };
  });
  using conn = await connect(box);
  const peer = new PlainPeer(conn);
  await peer.send({ jsonrpc: "2.0", method: "count" });
  await peer.ask([1, "count"], [2, "$/status"]);
  await peer.next();
  await peer.next();
  assertEquals([...counts, server.refcount], [1, 1, 1]);
  const ended = session!.closed;
  await peer.closeWrite();
  await peer.assertEnd();
  await inTime(ended, "the end of the session");
  assertEquals(server.refcount, 0);
});
