// Daemons that are busy, and calls that take their time.
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { autod, AutodError } from "../mod.ts";
import { lstatIfThere } from "../src/files/if_there.ts";
import { SocketClaim } from "../src/files/socket_claim.ts";
import { inTime } from "../src/testing/deadline.ts";
import { TIMERS } from "../src/testing/delays.ts";
import { Gate } from "../src/testing/gate.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { soon } from "../src/testing/soon.ts";
import { Timers } from "../src/testing/timers.ts";

Deno.test("Daemon.rpc sets no timer for a call, in the command or in the daemon", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.js",
    `${TIMERS} export default () => ({
      timers,
      wait: async () => { ${gate.code}; return "answered"; },
    });`,
  );
  const { sockfile, onProcess } = box;
  const { permissions } = gate;
  const methods = ["wait", "timers"] as const;
  const options = { rpcfile, sockfile, permissions, methods, onProcess };
  using timers = new Timers();
  await using daemon = await autod({ ...options, timeout: 10_000 });
  const call = daemon.rpc.wait();
  await gate.arrival();
  assertEquals(await daemon.rpc.timers(), []);
  assertEquals(timers.length, 0);
  gate.open();
  assertEquals(await call, "answered");
});

Deno.test("A daemon answers $/status and serves commands while a thousand calls wait", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `const waiting = [];
    export default () => ({
      wait: () => new Promise((resolve) => waiting.push(resolve)),
      begun: () => waiting.length,
      go: () => waiting.forEach((resolve, at) => resolve(at)),
    });`,
  );
  const { sockfile, onProcess } = box;
  const methods = ["wait", "begun", "go"] as const;
  const options = { rpcfile, sockfile, onProcess, methods };
  await using daemon = await autod(options);
  const calls = Array.from({ length: 1000 }, () => daemon.rpc.wait());
  assertEquals(await daemon.rpc.begun(), 1000);
  const { result } = JSON.parse(await box.request("$/status"));
  const { pid } = daemon.connection;
  assertEquals([result.pid, result.calls], [pid, 1000]);
  await using other = await autod(options);
  assertEquals(other.connection.pid, pid);
  await other.rpc.go();
  assertEquals(await Promise.all(calls), Array.from(calls, (_, at) => at));
});

Deno.test("A daemon serves others between the calls that one command made at once", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `let done = 0;
    export default () => ({
      work() {
        const end = performance.now() + 0.5;
        while (performance.now() < end);
        return ++done;
      },
      done: () => done,
    });`,
  );
  const { sockfile, onProcess } = box;
  const methods = ["work", "done"] as const;
  const options = { rpcfile, sockfile, onProcess, methods };
  await using busy = await autod(options);
  await using other = await autod(options);
  await busy.rpc.done();
  const calls = Array.from({ length: 1000 }, () => busy.rpc.work());
  await calls[0];
  const done = await other.rpc.done() as number;
  assert(done < calls.length, `${done} calls were done before`);
  await Promise.all(calls);
});

Deno.test("autod() reports a daemon that a method blocks, starts no other, and finds it again afterwards", async () => {
  await using box = new Sandbox();
  const fifo = box.path("fifo");
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  const rpcfile = box.write(
    "iface.js",
    `export default () => ({
      block: () => {
        using file = Deno.openSync(${JSON.stringify(fifo)});
        return file.readSync(new Uint8Array(1));
      },
      pid: () => Deno.pid,
    });`,
  );
  const { sockfile, onProcess } = box;
  const permissions = { read: [fifo] };
  const methods = ["block", "pid"] as const;
  const options = { rpcfile, sockfile, permissions, methods, onProcess };
  await using daemon = await autod(options);
  const { pid } = daemon.connection;
  const call = daemon.rpc.block();
  // Resolves when the method has it open as well.
  const writing = Deno.open(fifo, { write: true });
  using writer = await inTime(writing, "the method");

  const error = await assertRejects(
    () => autod({ ...options, timeout: 300 }),
    AutodError,
  );
  assertEquals(error.code, "not-responding");
  assertStringIncludes(error.message, `if it is not just busy, end it with`);
  assertStringIncludes(error.message, `kill -9 ${pid}`);
  assertEquals(box.daemons(), [pid]);

  const patient = autod(options);
  await writer.write(new Uint8Array(1));
  assertEquals(await call, 1);
  await using next = await patient;
  assertEquals(next.connection.pid, pid);
  assertEquals(await next.rpc.pid(), pid);
});

Deno.test("autod() takes no daemon for stuck that answered while the command itself was busy", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.js",
    `let clients = 0;
    export default async () => {
      if (++clients === 2) ${gate.code};
      return { add: () => 1 };
    };`,
  );
  const { sockfile, onProcess } = box;
  const { permissions } = gate;
  const methods = ["add"] as const;
  const options = { rpcfile, sockfile, permissions, methods, onProcess };
  await using first = await autod(options);
  const timeout = 2000;
  const late = Date.now() + timeout + 300;
  const connecting = autod({ ...options, timeout });
  await gate.arrival();
  gate.open();
  while (Date.now() < late);
  await using second = await connecting;
  assertEquals(second.connection.pid, first.connection.pid);
});

Deno.test("A daemon that was busy as its socket got lost serves those who had come to it", async () => {
  await using box = new Sandbox();
  const [begun, go] = [box.path("begun"), box.path("go")];
  const rpcfile = box.write(
    "iface.js",
    `const [begun, go] = ${JSON.stringify([begun, go])};
    const isThere = (path) => {
      try {
        return Deno.lstatSync(path).isFile;
      } catch {
        return false;
      }
    };
    export default () => ({
      work() {
        Deno.writeTextFileSync(begun, "");
        while (!isThere(go));
      },
      one: () => 1,
    });`,
  );
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    permissions: { read: [go], write: [begun] },
    methods: ["work"],
  });
  const work = daemon.rpc.work();
  assert(await soon(() => lstatIfThere(begun)?.isFile ?? false, 10_000));
  const conns: Deno.UnixConn[] = [];
  for (let count = 0; count < 50; count++) {
    const conn = await Deno.connect({ transport: "unix", path: sockfile });
    await new PlainPeer(conn).ask([count, "one"]);
    conns.push(conn);
  }
  Deno.removeSync(sockfile);
  assertEquals(SocketClaim.tryTake(sockfile), undefined); // which misses it
  Deno.writeTextFileSync(go, "");
  const answers = conns.map(async (conn) => {
    using _conn = conn;
    return (await new PlainPeer(conn).next()).result;
  });
  assertEquals(await Promise.all(answers), answers.map(() => 1));
  await work;
});
