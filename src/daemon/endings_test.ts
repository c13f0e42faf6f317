// The ways in which a daemon ends, and what each of them keeps to.
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { ConnectionClosedError, RpcError } from "../../mod.ts";
import { inTime } from "../testing/deadline.ts";
import { ended } from "../testing/ended.ts";
import { EndingDaemon } from "../testing/ending_daemon.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { readError, writeError } from "../testing/stream_errors.ts";

type End = (daemon: EndingDaemon) => unknown;

/** The ends that a daemon is asked for, whatever it is doing. */
const ASKED: Record<string, End> = {
  "server.close()": ({ box }) => box.request("close"),
  "$/shutdown": ({ box }) => box.request("$/shutdown", {}),
  SIGTERM: ({ process }) => process.kill("SIGTERM"),
  SIGINT: ({ process }) => process.kill("SIGINT"),
};

/** Asks for an end, and resolves when it has begun. */
async function begin(daemon: EndingDaemon, end: End): Promise<void> {
  await end(daemon);
  await inTime(daemon.observer.connection.closed, "the beginning of the end");
}

for (const [name, end] of Object.entries(ASKED)) {
  Deno.test(`${name} ends a daemon that answers the calls in flight`, async () => {
    await using daemon = await EndingDaemon.start();
    const { client, gate, process } = daemon;
    const call = client.rpc.wait();
    await gate.arrival();
    await begin(daemon, end);
    gate.open();
    assertEquals(await call, process.pid);
  });

  Deno.test(`${name} ends a daemon that refuses later calls with -32802`, async () => {
    await using daemon = await EndingDaemon.start();
    const { box, gate, process } = daemon;
    const path = box.sockfile;
    using conn = await Deno.connect({ transport: "unix", path });
    const peer = new PlainPeer(conn);
    await peer.ask(["in flight", "wait"]);
    await gate.arrival();
    await begin(daemon, end);
    await peer.ask(["later", "pid"]);
    assertEquals(await peer.nextError(), ["later", -32802]);
    gate.open();
    const { id, result } = await peer.next();
    assertEquals([id, result], ["in flight", process.pid]);
    await peer.assertEnd();
  });

  Deno.test(`${name} ends a daemon whose clients go on to its successor`, async () => {
    await using daemon = await EndingDaemon.start();
    const { client, gate, process: { pid } } = daemon;
    const call = client.rpc.wait();
    await gate.arrival();
    await begin(daemon, end);
    const later = client.rpc.pid();
    gate.open();
    assertEquals(await call, pid);
    assertNotEquals(await later, pid);
    assertEquals(await later, client.connection.pid);
  });

  Deno.test(`${name} ends a daemon whose open streams end with an error`, async () => {
    await using daemon = await EndingDaemon.start();
    const { source, sink, duplex } = daemon.client.rpc;
    const streams = [source(), sink(), duplex()];
    const [ofSource, ofSink, ofDuplex] = streams;
    const readers = [ofSource, ofDuplex].map((s) => s.readable.getReader());
    const writers = [ofSink, ofDuplex].map((s) => s.writable.getWriter());
    for (const reader of readers) {
      assertEquals(await reader.read(), { done: false, value: "a chunk" });
    }
    for (const writer of writers) await writer.write("a chunk");
    await begin(daemon, end);
    const errors = await Promise.all([
      ...readers.map(readError),
      ...writers.map(writeError),
    ]);
    for (const error of errors) {
      assertInstanceOf(error, ConnectionClosedError);
      const { cause } = error;
      // A daemon that is killed says nothing.
      if (cause instanceof RpcError) {
        assertEquals(cause.message, "The session is closing");
      }
    }
    for (const { closed } of streams) await inTime(closed, "the end");
  });
}

/** All the ends that a daemon comes to, also by itself. */
const ALL: Record<string, End> = {
  ...ASKED,
  autoclose: (daemon) => daemon.leave(),
};

for (const [name, end] of Object.entries(ALL)) {
  const autoclose = name === "autoclose" ? 1 : undefined;

  Deno.test(`${name} ends a daemon that disposes of its ifaces while it has its lock`, async () => {
    await using daemon = await EndingDaemon.start(autoclose);
    await end(daemon);
    await ended(daemon.process);
    const { made, disposals } = daemon.ifaces();
    assertEquals(disposals.length, made);
    for (const { iface, by, locked } of disposals) {
      assertEquals(by, iface % 2 ? "asyncDispose" : "dispose");
      assert(locked);
    }
  });

  Deno.test(`${name} ends a daemon that takes its socket, pidfile and lock along`, async () => {
    await using daemon = await EndingDaemon.start(autoclose);
    const { box, process, pidfile, lockfile } = daemon;
    assertEquals(Deno.readTextFileSync(pidfile), `${process.pid}\n`);
    await end(daemon);
    const { code, signal } = await ended(process);
    assertEquals([code, signal], [0, null]);
    for (const path of [box.sockfile, pidfile]) {
      assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
    }
    using lock = Deno.openSync(lockfile, { read: true, write: true });
    assert(lock.tryLockSync(true));
  });
}

/** A delay that no other timer has, in milliseconds. */
const AUTOCLOSE = 12_345;

for (
  const [what, method, rest] of [
    ["a call in flight", "timersAlone", "so that there is none to answer"],
    ["an open stream", "timersAloneStream", "so that there is none to end"],
  ]
) {
  Deno.test(`autoclose ends no daemon that has ${what}, ${rest}`, async () => {
    await using daemon = await EndingDaemon.start(AUTOCLOSE);
    const answer = daemon.box.request(method);
    await daemon.leave();
    const last = (await answer).split("\n")[rest.endsWith("end") ? 1 : 0];
    const { result, value = result } = JSON.parse(last);
    assertEquals(value.includes(AUTOCLOSE), false);
  });
}

Deno.test("autoclose ends a daemon that has no client to go on: who comes later starts its successor", async () => {
  await using daemon = await EndingDaemon.start(1);
  const { process } = daemon;
  await daemon.leave();
  await ended(process);
  const { rpc, connection } = await daemon.connect();
  assert(connection.spawned);
  assertNotEquals(await rpc.pid(), process.pid);
});
