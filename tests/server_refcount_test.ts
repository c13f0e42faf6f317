import { assertEquals, assertThrows } from "@std/assert";
import { EventEmitter } from "node:events";
import { createServer, type Session } from "../server.ts";
import { inTime } from "../src/testing/deadline.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { join, serve } from "../src/testing/serve.ts";
import { Timers } from "../src/testing/timers.ts";

Deno.test("Server.refcount counts connections and holds", async () => {
  await using box = new Sandbox();
  const sessions: Session[] = [];
  await using server = await serve(box, (_server, stream) => {
    sessions.push(stream);
    return {};
  });
  const counts = [server.refcount];
  await using _first = await join(box);
  counts.push(server.refcount);
  const second = await join(box);
  counts.push(server.refcount);
  {
    using _hold = server.ref();
    counts.push(server.refcount);
    using _other = sessions[0].ref();
    counts.push(server.refcount);
  }
  counts.push(server.refcount);
  second.connection.close();
  await sessions[1].closed;
  counts.push(server.refcount);
  assertEquals(counts, [0, 1, 2, 3, 4, 2, 1]);
});

Deno.test("Server.ref() is released once, however often it is disposed of", async () => {
  await using server = createServer(() => ({}));
  const first = server.ref();
  using _second = server.ref();
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assertEquals(server.refcount, 1);
});

Deno.test("Server.ref() holds a server that has autoclose, over the end of the session", async () => {
  await using box = new Sandbox();
  const order: string[] = [];
  let session: Session | undefined;
  await using server = await serve(
    box,
    (_server, stream) => {
      session = stream;
      return {};
    },
    { autoclose: 300 },
  );
  const hold = server.ref();
  const closed = server.closed.then(() => order.push("closed"));
  const daemon = await join(box);
  daemon.connection.close();
  await session?.closed;
  assertEquals(server.refcount, 1);
  order.push("released");
  hold[Symbol.dispose]();
  assertEquals(server.refcount, 0);
  await inTime(closed, "autoclose");
  assertEquals(order, ["released", "closed"]);
});

Deno.test("Server.ref() that is released before the server listens does not close it", async () => {
  await using box = new Sandbox();
  await using server = createServer(() => ({}), { autoclose: 1 });
  {
    using timers = new Timers();
    server.ref()[Symbol.dispose]();
    timers.fire();
  }
  await server.listen(box.sockfile);
  await inTime(server.closed, "autoclose");
});

Deno.test("Server closes by autoclose if no client ever comes", async () => {
  await using box = new Sandbox();
  const server = await serve(box, () => ({}), { autoclose: 10 });
  await inTime(server.closed, "autoclose");
  assertThrows(() => Deno.lstatSync(box.sockfile), Deno.errors.NotFound);
});

const EMITTERS = {
  EventTarget: () => {
    const iface = new EventTarget();
    return {
      iface,
      emit: (name: string) => iface.dispatchEvent(new Event(name)),
    };
  },
  EventEmitter: () => {
    const iface = new EventEmitter();
    return { iface, emit: (name: string) => iface.emit(name) };
  },
};

for (const [name, make] of Object.entries(EMITTERS)) {
  Deno.test(`Server.refcount follows ref and unref of an ${name}, over the end of the session`, async () => {
    await using box = new Sandbox();
    let session: Session | undefined;
    const { iface, emit } = make();
    const server = await serve(
      box,
      (_server, stream) => {
        session = stream;
        return iface;
      },
      { autoclose: 10 },
    );
    const hold = server.ref();
    const daemon = await join(box);
    hold[Symbol.dispose]();
    emit("ref");
    emit("ref");
    assertEquals(server.refcount, 3);
    emit("unref");
    assertEquals(server.refcount, 2);
    daemon.connection.close();
    await session?.closed;
    assertEquals(server.refcount, 1);
    emit("unref");
    assertEquals(server.refcount, 0);
    await inTime(server.closed, "autoclose");
  });

  Deno.test(`Server.refcount ignores an unref of an ${name} without its ref`, async () => {
    await using box = new Sandbox();
    const { iface, emit } = make();
    await using server = await serve(box, () => iface);
    await using _daemon = await join(box);
    using _hold = server.ref();
    for (let i = 0; i < 3; i++) emit("unref");
    assertEquals(server.refcount, 2);
    emit("ref");
    assertEquals(server.refcount, 3);
  });
}

Deno.test("An iface whose own method is called on is asked for no events", async () => {
  await using box = new Sandbox();
  const topics: unknown[] = [];
  await using _server = await serve(box, () => ({
    on: (topic: string) => topics.push(topic),
    emit: () => {},
  }));
  await using daemon = await join(box, "on");
  assertEquals(await daemon.rpc.on("news"), 1);
  assertEquals(topics, ["news"]);
});

for (
  const [what, shared] of Object.entries({
    EventEmitter: new EventEmitter(),
    EventTarget: new EventTarget(),
  })
) {
  Deno.test(`A session lets go of a shared ${what} at its end`, async () => {
    await using box = new Sandbox();
    const ended: Promise<void>[] = [];
    await using server = await serve(box, (_server, stream) => {
      ended.push(stream.closed);
      return shared;
    });
    for (let i = 0; i < 3; i++) {
      const daemon = await join(box);
      daemon.connection.close();
      await ended[i];
    }
    if (shared instanceof EventEmitter) {
      assertEquals(shared.eventNames(), []);
      shared.emit("ref");
    } else shared.dispatchEvent(new Event("ref"));
    assertEquals(server.refcount, 0);
  });
}

async function leave(session: Session): Promise<void> {
  session.close();
  await session.closed;
}

Deno.test("An iface that sessions share is listened to once, until the last has left", async () => {
  await using box = new Sandbox();
  const shared = new EventEmitter();
  const sessions: Session[] = [];
  await using server = await serve(box, (_server, stream) => {
    sessions.push(stream);
    return shared;
  });
  const counts = () =>
    ["ref", "unref"].map((name) => shared.listenerCount(name));
  await using _first = await join(box);
  shared.emit("ref");
  await using _second = await join(box);
  assertEquals(counts(), [1, 1]);
  assertEquals(server.refcount, 3);
  await leave(sessions[0]);
  assertEquals(counts(), [1, 1]);
  assertEquals(server.refcount, 2);
  await leave(sessions[1]);
  // What is held yet is let go of by its event.
  assertEquals(counts(), [0, 1]);
  assertEquals(server.refcount, 1);
  await using _third = await join(box);
  assertEquals(counts(), [1, 1]);
  shared.emit("unref");
  assertEquals(server.refcount, 1);
  await leave(sessions[2]);
  assertEquals(counts(), [0, 0]);
});

Deno.test("An iface that cannot be asked for events is served all the same", async () => {
  await using box = new Sandbox();
  await using _server = await serve(box, () => ({
    on: (topic: string) => Promise.reject(new Error(`no topic ${topic}`)),
    off: () => {
      throw new Error("no topic");
    },
    emit: () => 1,
  }));
  {
    await using daemon = await join(box, "emit");
    assertEquals(await daemon.rpc.emit(), 1);
  }
  await using other = await join(box, "emit");
  assertEquals(await other.rpc.emit(), 1);
});

Deno.test("Server.refcount follows ref and unref of what has on, off and emit", async () => {
  await using box = new Sandbox();
  const listeners: Record<string, () => void> = {};
  await using server = await serve(box, () => ({
    on: (name: string, listener: () => void) =>
      void (listeners[name] = listener),
    off: (name: string) => void delete listeners[name],
    emit: (name: string) => listeners[name]?.(),
  }));
  await using daemon = await join(box, "emit");
  await daemon.rpc.emit("ref");
  assertEquals(server.refcount, 2);
  await daemon.rpc.emit("unref");
  assertEquals(server.refcount, 1);
});

Deno.test("An iface that sessions share is listened to although its disposal removes all listeners", async () => {
  await using box = new Sandbox();
  const shared = new EventEmitter();
  const sessions: Session[] = [];
  const iface = Object.assign(shared, {
    [Symbol.dispose]: () => void shared.removeAllListeners(),
  });
  await using server = await serve(box, (_server, stream) => {
    sessions.push(stream);
    return iface;
  });
  await using _first = await join(box);
  shared.emit("ref");
  await leave(sessions[0]);
  assertEquals(server.refcount, 1);
  await using _second = await join(box);
  shared.emit("unref");
  assertEquals(server.refcount, 1);
  await leave(sessions[1]);
  assertEquals(server.refcount, 0);
});
