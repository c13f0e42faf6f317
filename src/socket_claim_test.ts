import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { autod, AutodError } from "../mod.ts";
import { inTime } from "./testing/deadline.ts";
import { Gate } from "./testing/gate.ts";
import { ended } from "./testing/ended.ts";
import { Sandbox } from "./testing/sandbox.ts";

Deno.test("A dying daemon leaves the socket of its successor alone", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.ts",
    `export default () => ({
      wait: async () => { ${gate.code}; return Deno.pid; },
      pid: () => Deno.pid,
    });`,
  );
  const { sockfile, onProcess } = box;
  const { permissions } = gate;
  const methods = ["wait", "pid"] as const;
  const options = { rpcfile, sockfile, permissions, methods, onProcess };
  await using old = await autod(options);
  await using other = await autod(options);
  const { pid } = old.connection;
  const waiting = old.rpc.wait();
  assertEquals(await gate.arrival(), pid);

  // Its socket and its lock are removed while it does not look.
  Deno.kill(pid, "SIGSTOP");
  Deno.removeSync(sockfile);
  Deno.removeSync(`${sockfile}.lock`);
  await using successor = await autod(options);
  assertNotEquals(successor.connection.pid, pid);
  const { ino } = Deno.lstatSync(sockfile);
  Deno.kill(pid, "SIGCONT");
  // It sees that it is the daemon no more.
  await inTime(other.connection.closed, "the end of the other connection");
  gate.open();
  assertEquals(await waiting, pid);
  assertEquals((await ended(old.process)).code, 0);

  assertEquals(Deno.lstatSync(sockfile).ino, ino);
  await using next = await autod(options);
  assertEquals(await next.rpc.pid(), successor.connection.pid);
  assertEquals(box.daemons(), [successor.connection.pid]);
});

Deno.test("autod() waits for a daemon that closes, until its own time is nearly over", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.ts",
    `export default () => ({
      work: async () => {
        ${gate.code};
        await new Promise((resolve) => setTimeout(resolve, 2500));
      },
    });`,
  );
  const { sockfile, onProcess } = box;
  const { permissions } = gate;
  const methods = ["work"] as const;
  const drainTimeout = 60_000;
  await using old = await autod({
    rpcfile,
    sockfile,
    permissions,
    methods,
    drainTimeout,
    onProcess,
  });
  const { pid } = old.connection;
  const working = old.rpc.work();
  await gate.arrival();
  await box.request("$/shutdown");

  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, methods, onProcess, timeout: 1500 }),
    AutodError,
    `the daemon before, ${pid}, is still closing; try again when it has answered its calls, or end it at once with: kill -9 ${pid}`,
  );
  assertEquals(error.code, "not-responding");

  gate.open();
  await using next = await autod({
    rpcfile,
    sockfile,
    methods,
    onProcess,
    timeout: 4000,
  });
  assertNotEquals(next.connection.pid, pid);
  await working;
});
