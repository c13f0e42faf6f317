import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ConnectionClosedError } from "../mod.ts";
import {
  createServer,
  MAX_BATCH_LENGTH,
  MAX_CONNECTIONS,
  MAX_DEPTH,
  MAX_IN_FLIGHT,
  MAX_MESSAGE_BYTES,
} from "../server.ts";
import { DaemonServer } from "../src/daemon/server.ts";
import { memoryPair } from "../src/testing/memory_pair.ts";
import { inTime } from "../src/testing/deadline.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { ask, join, notify, serve } from "../src/testing/serve.ts";
import { Timers } from "../src/testing/timers.ts";

type Result = Record<string, unknown>;

const DONE = { jsonrpc: "2.0", id: 0, result: null } as const;

Deno.test("Server answers $/hello to a plain client", async () => {
  await using box = new Sandbox();
  const server = createServer(() => ({ b: () => 1, a: () => 2 }), {
    version: "1.2",
  });
  await using _server = server;
  await server.listen(box.sockfile);
  const [{ result }] = await ask(box, ["$/hello", { protocol: 1 }]);
  const [next] = await ask(box, ["$/hello", { protocol: 1 }]);
  const { instance, session, startedAt, methods, ...rest } = result as Result;
  assertEquals(rest, {
    protocol: 1,
    pid: Deno.pid,
    version: "1.2",
    limits: {
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxDepth: MAX_DEPTH,
      maxBatchLength: MAX_BATCH_LENGTH,
      maxInFlight: MAX_IN_FLIGHT,
      maxConnections: MAX_CONNECTIONS,
    },
  });
  assertEquals(methods, ["b", "a"]);
  assertMatch(`${startedAt}`, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const second = next.result as Result;
  assertEquals(second.instance, instance);
  assertNotEquals(second.session, session);
});

Deno.test("Server that dies of an error tells a client that has just come", async () => {
  await using box = new Sandbox();
  const server = new DaemonServer(() => ({}), {});
  await server.listen(box.sockfile);
  // Whoever is on the way when the socket is removed has found it before.
  const path = box.path("found.sock");
  Deno.linkSync(box.sockfile, path);
  {
    using timers = new Timers(); // that it is left for
    server.fail(new RangeError("No luck"));
    using late = await Deno.connect({ transport: "unix", path });
    const peer = new PlainPeer(late);
    await peer.ask([1, "$/hello", { protocol: 1 }]);
    const { error } = await peer.next();
    assertEquals(error?.code, -32802);
    assertStringIncludes(error!.message, "RangeError: No luck");
    const cause = error?.data?.cause as Result;
    assertEquals([cause.name, cause.message], ["RangeError", "No luck"]);
    while (timers.length > 0) {
      timers.fire();
      await timers.rest();
    }
  }
  await inTime(server.closed, "the end");
});

Deno.test("Server ends the session of a client that comes while it closes, and says nothing", async () => {
  const server = new DaemonServer(() => ({}), {});
  server.close({ drainTimeout: 2 ** 31 - 1 });
  const [near, far] = memoryPair();
  server.serve(far);
  await inTime(new PlainPeer(near).assertEnd(), "the end of the session");
  await inTime(server.closed, "the end of the server");
});

Deno.test("Server tells a client that has said nothing when it closes that nothing was begun", async () => {
  const server = new DaemonServer(() => ({}), {});
  const [near, far] = memoryPair();
  server.serve(far);
  server.close();
  const peer = new PlainPeer(near);
  const { id, error } = await inTime(peer.next(), "the answer");
  assertEquals([id, error?.code], [null, -32802]);
  await inTime(peer.assertEnd(), "the end of the session");
  await inTime(server.closed, "the end of the server");
});

Deno.test("Server that dies of an error tells a client that has said nothing", async () => {
  const server = new DaemonServer(() => ({}), {});
  const [near, far] = memoryPair();
  server.serve(far);
  server.fail(new RangeError("No luck"));
  const peer = new PlainPeer(near);
  const { error } = await inTime(peer.next(), "the answer");
  assertStringIncludes(error!.message, "RangeError: No luck");
  const cause = error?.data?.cause as Result;
  assertEquals([cause.name, cause.message], ["RangeError", "No luck"]);
  await inTime(peer.assertEnd(), "the end of the session");
  await inTime(server.closed, "the end of the server");
});

Deno.test("Server tells by $/opening that its factory takes its time, also by a thenable that is no promise", async () => {
  await using box = new Sandbox();
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<object>();
  await using _server = await serve(box, () => {
    begun.resolve();
    // As promises of other libraries are.
    return { then: go.promise.then.bind(go.promise) } as Promise<object>;
  });
  const path = box.sockfile;
  using conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  using timers = new Timers();
  await peer.ask([1, "$/hello", { protocol: 1 }]);
  await inTime(begun.promise, "the factory");
  timers.fire();
  go.resolve({});
  assertEquals((await peer.next()).method, "$/opening");
  assertEquals((await peer.next()).id, 1);
});

Deno.test("Server refuses $/hello in another version of the protocol", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({}));
  const answers = await ask(
    box,
    ["$/hello", { protocol: 2 }],
    ["$/hello", {}],
    ["$/hello"],
  );
  assertEquals(answers.map(({ error }) => error?.code), [
    -32602,
    -32602,
    -32602,
  ]);
});

Deno.test("Server answers $/status", async () => {
  await using box = new Sandbox();
  const begun = Promise.withResolvers<void>();
  await using server = await serve(box, () => ({
    never: () => {
      begun.resolve();
      return new Promise(() => {});
    },
  }));
  using _hold = server.ref();
  await using daemon = await join(box, "never");
  const call = daemon.rpc.never();
  await begun.promise;
  const [{ result }] = await ask(box, ["$/status"]);
  const status = result as Result;
  assertEquals(status.pid, Deno.pid);
  assertEquals(status.instance, daemon.connection.instance);
  assertEquals(status.sockfile, box.sockfile);
  assertEquals(status.calls, 1);
  // The client that asks has a session as well.
  assertEquals([status.sessions, status.refcount], [2, 3]);
  assertEquals(
    new Date(`${status.startedAt}`),
    daemon.connection.startedAt,
  );
  assert((status.memory as Deno.MemoryUsage).rss > 0);
  server.close({ drainTimeout: 0 });
  await assertRejects(() => call, ConnectionClosedError);
});

Deno.test("Server answers $/shutdown and closes gracefully", async () => {
  await using box = new Sandbox();
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<string>();
  const server = await serve(box, () => ({
    slow: () => {
      begun.resolve();
      return go.promise;
    },
  }));
  await using daemon = await join(box, "slow");
  const call = daemon.rpc.slow();
  await begun.promise;
  assertEquals(await ask(box, ["$/shutdown"]), [DONE]);
  go.resolve("done");
  assertEquals(await call, "done");
  await server.closed;
});

Deno.test("Server answers $/shutdown with force and cuts off what is in flight", async () => {
  await using box = new Sandbox();
  const begun = Promise.withResolvers<void>();
  const server = await serve(box, () => ({
    never: () => {
      begun.resolve();
      return new Promise(() => {});
    },
  }));
  await using daemon = await join(box, "never");
  const call = daemon.rpc.never();
  await begun.promise;
  assertEquals(await ask(box, ["$/shutdown", { force: true }]), [DONE]);
  await assertRejects(() => call, ConnectionClosedError);
  await server.closed;
});

Deno.test("Server refuses a flag of the protocol that is neither true nor false", async () => {
  await using box = new Sandbox();
  await using server = await serve(box, () => ({}));
  const answers = await ask(
    box,
    ["$/shutdown", { force: 1 }],
    ["$/shutdown", { force: null }],
    ["$/hello", { protocol: 1, log: "yes" }],
  );
  for (const { error } of answers) assertEquals(error?.code, -32602);
  assertEquals(
    answers[0].error?.message,
    'Cannot take the parameter "force": it should be true or false, and is 1',
  );
  await using _daemon = await join(box); // it is not closing
  assertEquals(server.refcount, 1);
});

Deno.test("Server answers rpc.discover", async () => {
  await using box = new Sandbox();
  await using _server = await serve(
    box,
    () => ({ add: () => 1, get: () => 2 }),
  );
  const [{ result }] = await ask(box, ["rpc.discover"]);
  const { methods } = result as { methods: { name: string }[] };
  assertEquals(methods.map(({ name }) => name), ["add", "get"]);
});

Deno.test("Server refuses what is no method, and names the one that is like it", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({ total: () => 1 }));
  const answers = await ask(box, ["$/mine"], ["rpc.mine"], ["none"], ["totol"]);
  for (const { error } of answers) assertEquals(error?.code, -32601);
  assertStringIncludes(answers[3].error!.message, 'did you mean "total"?');
});

Deno.test("Server names the method that may be meant to who calls few that are not there, each time", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({ total: () => 1 }));
  const slips = Array.from({ length: 32 }, (_, at): [string] => [`total${at}`]);
  const answers = await ask(box, ...slips, ["total0"]);
  const named = answers.filter(({ error }) => error?.message.includes("did"));
  assertEquals(named.map(({ id }) => id), [...Array(16).keys(), 32]);
});

Deno.test("Server ignores notifications of the protocol that it does not know", async () => {
  await using box = new Sandbox();
  const errors: unknown[] = [];
  await using _server = await serve(box, () => ({}), {
    onError: (error) => errors.push(error),
  });
  await notify(box, "$/mine");
  assertEquals(errors, []);
});
