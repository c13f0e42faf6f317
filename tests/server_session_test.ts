import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConnectionClosedError } from "../mod.ts";
import type { Session } from "../server.ts";
import { DaemonServer } from "../src/daemon/server.ts";
import { inTime } from "../src/testing/deadline.ts";
import { memoryPair } from "../src/testing/memory_pair.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { join, serve } from "../src/testing/serve.ts";
import { soon } from "../src/testing/soon.ts";
import { TickCounter } from "../src/testing/tick_counter.ts";
import { Timers } from "../src/testing/timers.ts";
import { Waits } from "../src/testing/waits.ts";
import { delay } from "../src/time.ts";

const DISPOSALS: Record<string, (done: () => void) => object> = {
  "Symbol.dispose": (done) => ({ [Symbol.dispose]: done }),
  "Symbol.asyncDispose": (done) => ({
    [Symbol.asyncDispose]: () => Promise.resolve().then(done),
    [Symbol.dispose]: () => {
      throw new Error("The async one comes first");
    },
  }),
};

for (const [name, makeIface] of Object.entries(DISPOSALS)) {
  Deno.test(`Session.closed resolves after ${name} of the iface`, async () => {
    await using box = new Sandbox();
    const order: string[] = [];
    const errors: unknown[] = [];
    let closed: Promise<unknown> | undefined;
    await using _server = await serve(
      box,
      (_server, stream) => {
        closed = stream.closed.then(() => order.push("closed"));
        return makeIface(() => order.push("disposed"));
      },
      { onError: (error) => errors.push(error) },
    );
    const daemon = await join(box);
    daemon.connection.close();
    await closed;
    assertEquals(order, ["disposed", "closed"]);
    assertEquals(errors, []);
  });
}

Deno.test("A session leaves no limit of time behind when its iface has been disposed of", async () => {
  await using box = new Sandbox();
  using waits = new Waits();
  const left: number[][] = [];
  await using server = await serve(
    box,
    () => ({
      async [Symbol.asyncDispose]() {
        await Promise.resolve();
        left.push(waits.left);
      },
    }),
    { drainTimeout: 4321 },
  );
  await join(box).then(({ connection }) => connection.close());
  server.close();
  await server.closed;
  assertEquals([...left, waits.left], [[4321], []]);
});

Deno.test("A session does not begin a call that was cancelled before its iface was made", async () => {
  await using box = new Sandbox();
  let calls = 0;
  await using _server = await serve(box, () => ({ add: () => ++calls }));
  const path = box.sockfile;
  using conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  await peer.ask(
    [1, "add"],
    [undefined, "$/cancelRequest", { id: 1 }],
    [2, "add"],
  );
  assertEquals(await peer.nextError(), [1, -32800]);
  assertEquals((await peer.next()).result, 1);
});

Deno.test("A session answers a call that is cancelled while its iface is made at once, and keeps the order of the others", async () => {
  await using box = new Sandbox();
  const made = Promise.withResolvers<void>();
  const calls: string[] = [];
  await using _server = await serve(box, async () => {
    await made.promise;
    return { add: (name: string) => calls.push(name) };
  });
  const path = box.sockfile;
  using conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  await peer.ask(
    [1, "add", ["a"]],
    [2, "add", ["b"]],
    [3, "add", ["c"]],
    [undefined, "$/cancelRequest", { id: 2 }],
  );
  assertEquals(await inTime(peer.nextError(), "the answer"), [2, -32800]);
  made.resolve();
  assertEquals([(await peer.next()).id, (await peer.next()).id], [1, 3]);
  assertEquals(calls, ["a", "c"]);
});

/** Serves an iface that is asked for, and made when the test lets it be. */
async function serveLate(box: Sandbox) {
  const asked = Promise.withResolvers<Session>();
  const made = Promise.withResolvers<void>();
  const events: string[] = [];
  const called = () => void events.push("called");
  const server = await serve(box, async (_server, stream) => {
    asked.resolve(stream);
    await made.promise;
    return {
      add: called,
      ticks: () => {
        called();
        return ReadableStream.from([1]);
      },
      [Symbol.dispose]: () => void events.push("disposed"),
    };
  });
  return { server, asked, made, events };
}

Deno.test("A session that ended before its iface was made runs none of its calls", async () => {
  await using box = new Sandbox();
  const late = await serveLate(box);
  await using server = late.server;
  const { asked, made, events } = late;
  const path = box.sockfile;
  const conn = await Deno.connect({ transport: "unix", path });
  await new PlainPeer(conn).ask([1, "add"]);
  const { closed } = await inTime(asked.promise, "the session");
  conn.close();
  await inTime(closed, "the end of the session");
  made.resolve();
  server.close();
  await server.closed;
  assertEquals(events, ["disposed"]);
});

Deno.test("A session that ended before its iface was made begins no stream that it had waited for", async () => {
  await using box = new Sandbox();
  const late = await serveLate(box);
  await using server = late.server;
  const { asked, made, events } = late;
  const options = { transport: "unix", path: box.sockfile } as const;
  const conn = await Deno.connect(options);
  await new PlainPeer(conn).ask([1, "$/hello", { protocol: 1 }]);
  const session = await inTime(asked.promise, "the session");
  using beside = await Deno.connect(options);
  const id = { jsonrpc: "2.0", id: 1, session: session.id };
  await new PlainPeer(beside).send({ ...id, method: "ticks" });
  assert(await soon(() => server.refcount === 2, 10_000));
  session.close();
  const ended = Promise.withResolvers<unknown>();
  session.signal.addEventListener("abort", ended.resolve);
  conn.close();
  await inTime(ended.promise, "the end of the client");
  made.resolve();
  await inTime(session.closed, "the end of the session");
  assertEquals(events, ["disposed"]);
});

Deno.test("A session that has ended takes no stream while its iface is disposed of", async () => {
  await using box = new Sandbox();
  const disposing = Promise.withResolvers<void>();
  const disposed = Promise.withResolvers<void>();
  let id = "";
  await using _server = await serve(box, (_server, stream) => {
    id ||= stream.id;
    return {
      ticks: () => ReadableStream.from([1]),
      async [Symbol.asyncDispose]() {
        disposing.resolve();
        await disposed.promise;
      },
    };
  });
  const owner = await join(box);
  owner.connection.close();
  await inTime(disposing.promise, "the disposal");
  using conn = await Deno.connect({ transport: "unix", path: box.sockfile });
  const peer = new PlainPeer(conn);
  await peer.send({ jsonrpc: "2.0", id: 1, method: "ticks", session: id });
  assertEquals(await peer.nextError(), [1, -32802]);
  disposed.resolve();
});

Deno.test("A session takes no stream of its own connection, or on one that belongs to another", async () => {
  await using box = new Sandbox();
  await using server = await serve(box, () => ({
    add: () => 1,
    ticks: () => ReadableStream.from([1]),
  }));
  const path = box.sockfile;
  const peers: PlainPeer[] = [];
  const ids: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    const peer = new PlainPeer(await Deno.connect({ transport: "unix", path }));
    await peer.ask([1, "$/hello", { protocol: 1 }]);
    const { result } = await peer.next();
    peers.push(peer);
    ids.push((result as { session: string }).session);
  }
  const [first, second] = peers;
  const call = { jsonrpc: "2.0", id: 2 };
  await first.send({ ...call, method: "ticks", session: ids[0] });
  assertEquals(await first.nextError(), [2, -32802]);
  await first.send({ ...call, method: "add", session: ids[1] });
  assertEquals(await first.nextError(), [2, -32600]); // it is no stream
  await second.send({ ...call, method: "ticks", session: ids[0] });
  assertEquals(await second.nextError(), [2, -32802]);
  server.close();
  for (const peer of peers) {
    assertEquals((await peer.next()).method, "$/closing");
    peer.close();
  }
  await inTime(server.closed, "the end of the server");
});

Deno.test("Server.closed resolves after the ifaces are disposed of", async () => {
  await using box = new Sandbox();
  const order: string[] = [];
  const server = await serve(box, () => ({
    [Symbol.asyncDispose]: () =>
      Promise.resolve().then(() => order.push("disposed")),
  }));
  await using _daemon = await join(box);
  server.close();
  await server.closed;
  assertEquals(order, ["disposed"]);
});

Deno.test("Server.closed resolves although the disposal of an iface never ends", async () => {
  await using box = new Sandbox();
  const server = await serve(
    box,
    () => ({ [Symbol.asyncDispose]: () => new Promise<void>(() => {}) }),
    { drainTimeout: 1_000_000 },
  );
  await using _daemon = await join(box);
  server.close({ drainTimeout: 20 });
  await inTime(server.closed, "the end of the server");
  await box.released();
});

/** A server whose one session has not waited for the disposal of its iface. */
async function serveOutlasted(disposal: Promise<void>) {
  const errors: string[] = [];
  let session: Session | undefined;
  const server = new DaemonServer((_server, stream) => {
    session = stream;
    return { [Symbol.asyncDispose]: () => disposal };
  }, { drainTimeout: 1, onError: (error) => errors.push(`${error}`) });
  const [near, far] = memoryPair();
  server.serve(far);
  const peer = new PlainPeer(near);
  await peer.ask([1, "$/hello", { protocol: 1 }]);
  await peer.next();
  peer.close();
  await inTime(session!.closed, "the end of the session");
  return { server, errors };
}

Deno.test("Server.closed waits for a disposal that its session did not wait for, and onError hears how it fails", async () => {
  const disposal = Promise.withResolvers<void>();
  const { server, errors } = await serveOutlasted(disposal.promise);
  const order: string[] = [];
  const closed = server.closed.then(() => order.push("closed"));
  server.close({ drainTimeout: 2 ** 31 - 1 });
  await delay(0); // by now one is closed that has nothing to wait for
  order.push("disposed of");
  disposal.reject(new Error("Not saved"));
  await inTime(closed, "the end of the server");
  assertEquals(order, ["disposed of", "closed"]);
  assertEquals(errors, [
    "Error: It has not ended within 1 ms",
    "Error: Not saved",
  ]);
});

Deno.test("Server.close() with drainTimeout: 0 waits for no disposal that its session did not wait for", async () => {
  const { server } = await serveOutlasted(new Promise(() => {}));
  using timers = new Timers();
  server.close({ drainTimeout: 0 });
  timers.fire(); // that of the drain, and none of those that come then
  await server.closed;
});

Deno.test("Server goes on when the disposal of an iface fails", async () => {
  await using box = new Sandbox();
  const reported = Promise.withResolvers<string[]>();
  await using _server = await serve(
    box,
    () => ({
      one: () => 1,
      [Symbol.dispose]: () => {
        throw new Error("No luck");
      },
    }),
    { onError: (error, what) => reported.resolve([String(error), what]) },
  );
  const first = await join(box, "one");
  first.connection.close();
  assertEquals(await inTime(reported.promise, "onError"), [
    "Error: No luck",
    "the disposal of an iface",
  ]);
  await using second = await join(box, "one");
  assertEquals(await second.rpc.one(), 1);
});

Deno.test("Session.close() answers the call that it is in, and ends the session", async () => {
  await using box = new Sandbox();
  let session: Session | undefined;
  await using _server = await serve(box, (_server, stream) => {
    session = stream;
    return {
      leave: () => {
        stream.close();
        return "bye";
      },
    };
  });
  await using daemon = await join(box, "leave");
  assertEquals(await daemon.rpc.leave(), "bye");
  await daemon.connection.closed;
  await session?.closed;
  assert(session?.signal.aborted);
});

Deno.test("Session.close() refuses later calls, and waits no longer than for the earlier ones", async () => {
  await using box = new Sandbox();
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<string>();
  await using _server = await serve(
    box,
    (_server, stream) => ({
      slow: () => {
        stream.close();
        begun.resolve();
        return go.promise;
      },
      fast: () => 1,
    }),
    { drainTimeout: 1_000_000 },
  );
  const path = box.sockfile;
  using conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  await peer.ask(["a", "slow"]);
  await begun.promise;
  await peer.ask(["b", "fast"]);
  assertEquals(await peer.nextError(), ["b", -32802]);
  go.resolve("done");
  assertEquals(await peer.next(), { jsonrpc: "2.0", id: "a", result: "done" });
  await inTime(peer.assertEnd(), "the end of the session");
});

Deno.test("Session.destroy() ends the session at once and aborts its calls", async () => {
  await using box = new Sandbox();
  const reason = new Error("Out");
  let callSignal: AbortSignal | undefined;
  let session: Session | undefined;
  await using _server = await serve(box, (_server, stream) => {
    session = stream;
    return {
      never: () => {
        callSignal = stream.callSignal;
        return new Promise(() => {});
      },
      out: () => stream.destroy(reason),
    };
  });
  await using daemon = await join(box, "never", "out");
  const calls = [daemon.rpc.never(), daemon.rpc.out()];
  for (const call of calls) {
    await assertRejects(() => call, ConnectionClosedError);
  }
  await session?.closed;
  assertEquals(callSignal?.reason, reason);
  assertEquals(session?.signal.reason, reason);
});

Deno.test("Session.closed resolves when the client leaves", async () => {
  await using box = new Sandbox();
  let session: Session | undefined;
  await using server = await serve(box, (_server, stream) => {
    session = stream;
    return {};
  });
  const daemon = await join(box);
  assertEquals(session?.signal.aborted, false);
  daemon.connection.close();
  await session?.closed;
  assert(session?.signal.aborted);
  assertEquals(server.refcount, 0);
});

Deno.test("Session.callSignal is the session's outside of a call", async () => {
  await using box = new Sandbox();
  const same: boolean[] = [];
  await using _server = await serve(box, (_server, stream) => {
    same.push(stream.callSignal === stream.signal);
    return {
      inside: () => void same.push(stream.callSignal === stream.signal),
      later: async () => {
        await Promise.resolve();
        same.push(stream.callSignal === stream.signal);
      },
    };
  });
  await using daemon = await join(box, "inside", "later");
  await daemon.rpc.inside();
  await daemon.rpc.later();
  assertEquals(same, [true, false, true]);
});

Deno.test("Session.id is another for each session", async () => {
  await using box = new Sandbox();
  await using _server = await serve(
    box,
    (_server, { id }) => ({ id: () => id }),
  );
  await using first = await join(box, "id");
  await using second = await join(box, "id");
  assert(await first.rpc.id() !== await second.rpc.id());
});

Deno.test("A session that closes tells a client that does not hang up which request came last", async () => {
  await using box = new Sandbox();
  await using server = await serve(box, () => ({ add: (n: number) => n }));
  const path = box.sockfile;
  const conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  await peer.ask([1, "$/hello", { protocol: 1 }], [5, "add", [3]]);
  const answers = [await peer.next(), await peer.next()];
  assertEquals(answers.map(({ id }) => id).sort(), [1, 5]);
  server.close();
  assertEquals((await peer.next()).method, "$/closing");
  const { method, params } = await peer.next();
  assertEquals([method, params], ["$/closed", { last: 5 }]);
  await peer.assertEnd();
  conn.close();
  await server.closed;
});

Deno.test("A server that cuts a session off tells which of its calls have come", async () => {
  const server = new DaemonServer(() => ({
    never: () => new Promise(() => {}),
  }), {});
  const [near, far] = memoryPair();
  server.serve(far);
  const peer = new PlainPeer(near);
  await peer.ask([1, "$/hello", { protocol: 1 }], [2, "never"]);
  await peer.next();
  server.close({ drainTimeout: 0 });
  await peer.next(); // "$/closing"
  const { method, params } = await inTime(peer.next(), "the last word");
  assertEquals([method, params], ["$/closed", { last: 2 }]);
  await peer.assertEnd();
  await inTime(server.closed, "the end of the server");
});

Deno.test("A session that closes says so to a client that is behind with reading", async () => {
  await using box = new Sandbox();
  const behind = Promise.withResolvers<void>();
  const calls = 5;
  let served = 0;
  await using server = await serve(box, () => ({
    big() {
      if (++served === 3) behind.resolve();
      return "x".repeat(512 * 1024);
    },
  }));
  using conn = await Deno.connect({ transport: "unix", path: box.sockfile });
  const peer = new PlainPeer(conn);
  await peer.ask([0, "$/hello", { protocol: 1 }]);
  await peer.next();
  await peer.ask(...Array.from(
    { length: calls },
    (_, id): [number, string] => [id + 1, "big"],
  ));
  await behind.promise;
  server.close();
  const methods: unknown[] = [];
  for (let left = calls + 2; left > 0; left--) {
    const { method } = await peer.next();
    if (method) methods.push(method);
  }
  assertEquals(methods, ["$/closing", "$/closed"]);
  await peer.assertEnd();
});

for (const first of ["a batch", "many requests"]) {
  Deno.test(`Session lets others have their turn between the calls of ${first} that come before its iface is made`, async () => {
    await using box = new Sandbox();
    const order: unknown[] = [];
    await using _server = await serve(box, () => ({
      work(n: number) {
        order.push(n);
        const end = performance.now() + 5; // longer than one is let go on
        while (performance.now() < end);
      },
    }));
    using conn = await Deno.connect({ transport: "unix", path: box.sockfile });
    const peer = new PlainPeer(conn);
    const calls = Array.from({ length: 20 }, (_, id) => ({
      jsonrpc: "2.0",
      id,
      method: "work",
      params: [id],
    }));
    await using ticks = new TickCounter();
    if (first === "a batch") await peer.send(calls);
    else await peer.send(...calls);
    const lines = first === "a batch" ? 1 : calls.length;
    for (let line = 0; line < lines; line++) await peer.next();
    const { count } = ticks;
    assert(count > 100, `there were ${count} ticks`);
    assertEquals(order, calls.map(({ id }) => id));
  });
}

Deno.test("Session keeps one note of the session that its client calls in, however often it does", async () => {
  await using box = new Sandbox();
  const sessions: Session[] = [];
  await using _server = await serve(box, (_server, session) => {
    sessions.push(session);
    return { one: () => 1 };
  });
  await using owner = await join(box, "one");
  await owner.rpc.one();
  using conn = await Deno.connect({ transport: "unix", path: box.sockfile });
  const peer = new PlainPeer(conn);
  await peer.ask([0, "one"]);
  assertEquals((await peer.next()).result, 1);
  const [{ id: session }, { closed }] = sessions;
  let notes = 0;
  closed.then = (...args) => {
    notes++;
    return Promise.prototype.then.apply(closed, args) as never;
  };
  for (let id = 1; id < 4; id++) {
    await peer.send({ jsonrpc: "2.0", id, method: "one", session });
    assertEquals(await peer.nextError(), [id, -32600]);
  }
  assertEquals(notes, 1);
});

Deno.test("Session runs the calls of one write in their order, however long its iface takes", async () => {
  for (let hops = 0; hops < 40; hops++) {
    await using box = new Sandbox();
    const order: number[] = [];
    await using _server = await serve(box, async () => {
      for (let hop = 0; hop < hops; hop++) await undefined;
      return { add: (n: number) => order.push(n) };
    });
    using conn = await Deno.connect({ transport: "unix", path: box.sockfile });
    const peer = new PlainPeer(conn);
    const ids = Array.from({ length: 30 }, (_, at) => at + 1);
    await peer.ask(
      ...ids.map((id) => [id, "add", [id]] as [number, string, number[]]),
    );
    for (let i = 0; i < ids.length; i++) await peer.next();
    assertEquals(order, ids, `after ${hops} microtasks`);
  }
});
