// What happens to a connection whose daemon closes or dies under it.
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { autod, ConnectionClosedError, RpcError } from "./mod.ts";
import { Sandbox } from "./src/testing/sandbox.ts";

const IFACE = `
let n = 0;
const gates = {};
export default (server, stream) => ({
  add: (m) => n += m,
  close: () => server.close(),
  leave: () => stream.close(),
  wait: (name) => new Promise((resolve) => gates[name] = resolve),
  open: (name) => gates[name]("opened"),
  never: () => new Promise(() => {}),
  throwLater: () => {
    setTimeout(() => { throw new RangeError("nobody caught this"); });
    return new Promise(() => {});
  },
  rejectLater: () => {
    Promise.reject(new RangeError("nobody caught this"));
    return new Promise(() => {});
  },
  pid: () => Deno.pid,
});`;

const METHODS = [
  "add",
  "close",
  "leave",
  "wait",
  "open",
  "never",
  "throwLater",
  "rejectLater",
  "pid",
] as const;

function optionsIn(box: Sandbox) {
  const rpcfile = box.write("iface.js", IFACE);
  const { sockfile, onProcess } = box;
  return { rpcfile, sockfile, onProcess, methods: METHODS };
}

Deno.test("Daemon.rpc goes on to the successor of a daemon that closed", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const { rpc, connection } = daemon;
  assertEquals(await rpc.add(2), 2);
  const { pid, instance } = connection;
  await rpc.close();
  assertEquals(await rpc.add(3), 3);
  assertNotEquals(connection.pid, pid);
  assertNotEquals(connection.instance, instance);
  assertEquals(connection.pid, await rpc.pid());
  assertEquals(connection.spawned, true);
});

Deno.test("Daemon.rpc goes on to the successor of a daemon that was killed between two calls", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  assertEquals(await daemon.rpc.add(2), 2);
  daemon.process!.kill("SIGKILL");
  await daemon.connection.closed;
  assertEquals(await daemon.rpc.add(3), 3);
});

Deno.test("Daemon.rpc loses no call of many while its daemon closes", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using one = await autod(options);
  await using other = await autod(options);
  const pids = new Set<unknown>();
  for (let round = 0; round < 5; round++) {
    const calls = Array.from({ length: 200 }, () => other.rpc.pid());
    const closed = one.rpc.close();
    calls.push(...Array.from({ length: 200 }, () => other.rpc.pid()));
    for (const pid of await Promise.all(calls)) pids.add(pid);
    await closed;
    await one.rpc.pid();
  }
  assert(pids.size > 1, "The daemon was never replaced");
});

Deno.test("Daemon.rpc gets its answer from a daemon that closes meanwhile", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using one = await autod(options);
  await using other = await autod(options);
  const waiting = one.rpc.wait("a");
  // Answered in order: the call before has begun.
  const { pid } = other.connection;
  assertEquals(await one.rpc.pid(), pid);
  const opened = other.rpc.open("a");
  await other.rpc.close();
  assertEquals(await waiting, "opened");
  assertEquals(await opened, null);
  assertNotEquals(await one.rpc.pid(), pid);
});

Deno.test("Daemon.rpc goes on in a new session of the same daemon when its session ended", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  assertEquals(await daemon.rpc.add(2), 2);
  await daemon.rpc.leave();
  assertEquals(await daemon.rpc.add(3), 5);
});

Deno.test("Daemon.rpc rejects after connection.close(), and starts nothing", async () => {
  await using box = new Sandbox();
  const daemon = await autod(optionsIn(box));
  daemon.connection.close();
  const error = await assertRejects(
    () => daemon.rpc.add(1),
    ConnectionClosedError,
  );
  assertEquals([error.method, error.maybeExecuted], ["add", false]);
});

Deno.test("A daemon waits no longer than drainTimeout for a call that never ends", async () => {
  await using box = new Sandbox();
  const options = { ...optionsIn(box), drainTimeout: 50 };
  await using daemon = await autod(options);
  const never = assertRejects(() => daemon.rpc.never(), ConnectionClosedError);
  await daemon.rpc.close();
  assertEquals((await never).maybeExecuted, true);
  assertEquals(await daemon.rpc.add(1), 1);
});

for (const how of ["throwLater", "rejectLater"] as const) {
  Deno.test(`A daemon dies of an uncaught error, and tells it: ${how}`, async () => {
    await using box = new Sandbox();
    const options = optionsIn(box);
    await using one = await autod(options);
    await using other = await autod(options);
    const { pid } = one.connection;
    const never = assertRejects(() => other.rpc.never(), RpcError);
    await other.rpc.pid(); // answered in order: the call before has begun
    const error = await assertRejects(() => one.rpc[how](), RpcError);
    assertEquals(error.code, -32603);
    assertEquals(error.remoteName, "RangeError");
    assertEquals((await never).message, "nobody caught this");
    assertNotEquals(await one.rpc.pid(), pid);
    const log = Deno.readTextFileSync(`${box.sockfile}.log`);
    assertMatch(log, new RegExp(`${pid} Uncaught .*RangeError: nobody caught`));
  });
}

Deno.test("A daemon survives what a package writes to a stderr that nobody reads", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `import process from "node:process";
    export default () => ({
      write: (text) => new Promise((resolve) => process.stderr.write(text, () => resolve(Deno.pid))),
      pid: () => Deno.pid,
    });`,
  );
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    methods: ["write", "pid"],
    permissions: "all",
  });
  const { pid } = daemon.connection;
  for (let i = 0; i < 3; i++) {
    assertEquals(await daemon.rpc.write("lost\n"), pid);
  }
  assertEquals(await daemon.rpc.pid(), pid);
});

Deno.test("A daemon that starts puts a long log aside, once", async () => {
  await using box = new Sandbox();
  const logfile = `${box.sockfile}.log`;
  const options = optionsIn(box);
  const long = "x".repeat(1024 * 1024 + 1);
  for (const [before, aside] of [["short", undefined], [long, long]]) {
    Deno.writeTextFileSync(logfile, before!);
    await using daemon = await autod(options);
    await daemon.rpc.close();
    await box.released();
    const log = Deno.readTextFileSync(logfile);
    assertStringIncludes(log, "Serving");
    assertEquals(log.startsWith("short"), aside === undefined);
    if (aside) assertEquals(Deno.readTextFileSync(`${logfile}.1`), aside);
  }
});

Deno.test("AUTOD_TIMING tells the stages of a command on stderr", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.js", IFACE);
  const options = { rpcfile, sockfile: box.sockfile, methods: METHODS };
  const command = box.write(
    "cmd.js",
    `import { autod } from ${JSON.stringify(import.meta.resolve("./mod.ts"))};
    await using daemon = await autod(${JSON.stringify(options)});
    await daemon.rpc.add(1);`,
  );
  const stages = async (...flags: string[]) => {
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-prompt", ...flags, command],
      env: { AUTOD_TIMING: "1" },
    }).output();
    const lines = new TextDecoder().decode(stderr).trim().split("\n");
    return lines.map((line) => /^autod: (\w+) [\d.]+ ms$/.exec(line)?.[1]);
  };
  const cold = "lock spawn import ready connect hello call".split(" ");
  assertEquals(await stages(), cold);
  assertEquals(await stages(), ["connect", "hello", "call"]);
  const denied = await stages("--deny-env=AUTOD_TIMING");
  assertEquals(denied, [undefined]);
});
