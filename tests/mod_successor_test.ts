// What happens to a connection whose daemon closes or dies under it.
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { toFileUrl } from "@std/path";
import {
  autod,
  AutodError,
  ConnectionClosedError,
  RpcError,
  withSignal,
} from "../mod.ts";
import { LIBRARY, runDeno, runProgram } from "../src/testing/command.ts";
import { inTime } from "../src/testing/deadline.ts";
import { ended } from "../src/testing/ended.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

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
  throwOddLater: () => {
    const error = new RangeError("nobody caught this");
    error[Symbol.for("Deno.customInspect")] = () => { throw error; };
    setTimeout(() => { throw error; });
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
  "throwOddLater",
  "rejectLater",
  "pid",
] as const;

function optionsIn(box: Sandbox) {
  const rpcfile = box.write("iface.js", IFACE);
  const { sockfile, onProcess } = box;
  return { rpcfile, sockfile, onProcess, methods: METHODS };
}

Deno.test("Daemon.rpc does not replace the daemon of a newer version that has replaced its own", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using old = await autod({ ...options, version: "1" });
  await using kept = await autod({
    ...options,
    version: "1",
    onMismatch: "keep",
  });
  await using newer = await autod({ ...options, version: "2" });
  assertEquals(await newer.rpc.add(2), 2);
  const error = await assertRejects(() => old.rpc.add(1), AutodError);
  assertEquals(error.code, "version-mismatch");
  assertStringIncludes(
    error.message,
    'its version was "2", and that of this command is "1"; it has taken the place of the daemon that this command had: start this command anew',
  );
  assertEquals(await kept.rpc.add(1), 3);
  assertEquals(await newer.rpc.add(1), 4);
});

Deno.test("Daemon.rpc does not replace the daemon of another rpcfile that has replaced its own", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using old = await autod(options);
  const rpcfile = box.write("release/iface.js", IFACE);
  await using newer = await autod({ ...options, rpcfile });
  assertEquals(await newer.rpc.add(2), 2);
  const error = await assertRejects(() => old.rpc.add(1), AutodError);
  assertEquals(error.code, "version-mismatch");
  assertEquals(await newer.rpc.add(1), 3);
});

Deno.test("Daemon.rpc replaces the daemon of its own rpcfile as it was before", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using daemon = await autod(options);
  const { instance } = daemon.connection;
  const version = toFileUrl(options.rpcfile).href; // of a command that may not read it
  await daemon.rpc.close();
  await using other = await autod({ ...options, version });
  const later = Date.now() / 1000 + 10;
  Deno.utimeSync(options.rpcfile, later, later);
  assertEquals(await daemon.rpc.add(1), 1);
  assertNotEquals(daemon.connection.instance, instance);
  assertNotEquals(daemon.connection.instance, other.connection.instance);
});

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

Deno.test("Daemon.rpc makes calls at the successor in their order, with a signal or without", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const { rpc, connection } = daemon;
  const cancellable = withSignal(rpc, new AbortController().signal);
  await rpc.close();
  await connection.closed;
  const sums = [cancellable, rpc, cancellable, rpc].map((rpc) => rpc.add(1));
  assertEquals(await Promise.all(sums), [1, 2, 3, 4]);
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

Deno.test("Connection.close() rejects a call that the session before has not answered", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const { rpc, connection } = daemon;
  const never = rpc.never();
  await rpc.leave();
  assertEquals(await rpc.add(2), 2); // in the session after it
  connection.close();
  await assertRejects(
    () => inTime(never, "the end of the call"),
    ConnectionClosedError,
    'the call of "never"',
  );
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

for (const how of ["throwLater", "throwOddLater", "rejectLater"] as const) {
  Deno.test(`A daemon dies of an uncaught error, and tells it: ${how}`, async () => {
    await using box = new Sandbox();
    const options = optionsIn(box);
    await using one = await autod(options);
    await using other = await autod(options);
    const { connection: { pid }, process } = one;
    const never = assertRejects(() => other.rpc.never(), RpcError);
    await other.rpc.pid(); // answered in order: the call before has begun
    const error = await assertRejects(() => one.rpc[how](), RpcError);
    assertEquals(error.code, -32603);
    const logfile = `${box.sockfile}.log`;
    assertEquals(
      error.message,
      `The daemon dies of an error that nobody caught: RangeError: nobody caught this; see "${logfile}"`,
    );
    assertEquals((error.cause as Error).name, "RangeError");
    assertEquals((await never).message, error.message);
    assertNotEquals(await one.rpc.pid(), pid);
    assertEquals((await ended(process)).code, 1);
    const log = Deno.readTextFileSync(logfile);
    assertMatch(log, new RegExp(`${pid} Uncaught .*nobody caught`));
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
    `import { autod } from ${JSON.stringify(import.meta.resolve("../mod.ts"))};
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
  // What cannot be told keeps nobody from going on.
  const args = ["-c", '"$0" run -A "$1" 2>/dev/full', Deno.execPath(), command];
  const env = { AUTOD_TIMING: "1" };
  const { code, stdout } = await runProgram("/bin/sh", args, { env });
  assertEquals([code, stdout], [0, ""]);
});

Deno.test("Daemon.rpc opens a stream at the successor of a daemon that ends", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    "export default () => ({ ticks: async function* () { yield Deno.pid; }, pid: () => Deno.pid });",
  );
  const { sockfile, onProcess } = box;
  const methods = ["ticks:s", "pid"] as const;
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  const { pid } = daemon.connection;
  // Not waited for: the stream is opened at whatever moment of the end it is,
  // and ended by it if it was open by then.
  daemon.process!.kill("SIGTERM");
  const ticks = await Array.fromAsync(daemon.rpc.ticks())
    .catch((error: Error) => error);
  if (Array.isArray(ticks)) assertEquals(ticks.length, 1);
  else assertMatch(ticks.message, /clos|end/);
  await box.released().catch(() => {});
  const [next] = await Array.fromAsync(daemon.rpc.ticks());
  assertNotEquals(next, pid);
  assertEquals(next, await daemon.rpc.pid());
});

Deno.test("Daemon.rpc opens a stream although the socket file was removed", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    "export default () => ({ ticks: async function* () { yield Deno.pid; } });",
  );
  const { sockfile, onProcess } = box;
  const methods = ["ticks:s"] as const;
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  Deno.removeSync(sockfile);
  const { pid } = daemon.connection;
  assertEquals(await Array.fromAsync(daemon.rpc.ticks()), [pid]);
});

Deno.test("withSignal() rejects at once while the successor is waited for", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using one = await autod(options);
  await using other = await autod(options);
  const waiting = one.rpc.wait("a");
  await one.rpc.pid(); // answered in order: the call before has begun
  await other.rpc.close();
  await other.connection.closed;
  const controller = new AbortController();
  const call = assertRejects(
    () => withSignal(other.rpc, controller.signal).add(1),
    Error,
    "Enough",
  );
  controller.abort(new Error("Enough"));
  await call;
  one.connection.close();
  await assertRejects(() => waiting, ConnectionClosedError);
});

Deno.test("Connection.close() ends the search for a successor", async () => {
  await using box = new Sandbox();
  let starts = 0;
  const onProcess = (process: Deno.ChildProcess) => {
    box.onProcess(process);
    starts++;
  };
  const daemon = await autod({ ...optionsIn(box), onProcess });
  await daemon.rpc.close();
  await daemon.connection.closed;
  const call = assertRejects(() => daemon.rpc.add(1), ConnectionClosedError);
  daemon.connection.close();
  assertEquals((await call).maybeExecuted, false);
  assertEquals(starts, 1);
});

Deno.test("Connection.close() rejects a call, by its name, that waits for a successor", async () => {
  await using box = new Sandbox();
  let starts = 0;
  const onProcess = (process: Deno.ChildProcess) => {
    box.onProcess(process);
    if (++starts === 2) daemon.connection.close();
  };
  const daemon = await autod({ ...optionsIn(box), onProcess });
  await daemon.rpc.close();
  await daemon.connection.closed;
  const error = await assertRejects(
    () => daemon.rpc.add(1),
    ConnectionClosedError,
    '"add"',
  );
  assertEquals([error.method, error.maybeExecuted], ["add", false]);
});

Deno.test("Connection.spawned tells of the daemon that is there now", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using one = await autod(options);
  await using other = await autod(options);
  assertEquals([one.connection.spawned, other.connection.spawned], [
    true,
    false,
  ]);
  await one.rpc.close();
  await one.connection.closed;
  await other.connection.closed;
  await other.rpc.pid();
  await one.rpc.pid();
  assertEquals(one.connection.pid, other.connection.pid);
  assertEquals([one.connection.spawned, other.connection.spawned], [
    false,
    true,
  ]);
  assertEquals(one.process, undefined);
});

Deno.test("autod() waits for a factory that takes longer than a daemon may be silent", async () => {
  await using box = new Sandbox();
  // The clock of the daemon is left alone: only its own delay is shortened.
  const rpcfile = box.write(
    "iface.js",
    `const { setTimeout } = globalThis;
    globalThis.setTimeout = (run, delay, ...args) =>
      setTimeout(run, delay === 1000 ? 0 : delay, ...args);
    export default async () => {
      await new Promise((resolve) => setTimeout(resolve, 6000));
      return { pid: () => Deno.pid };
    };`,
  );
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    methods: ["pid"],
  });
  assertEquals(await daemon.rpc.pid(), daemon.connection.pid);
});

Deno.test("autod() takes a daemon whose rpcfile writes to stdout by itself", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `Deno.stdout.writeSync(new TextEncoder().encode("loading... "));
    export default () => ({ pid: () => Deno.pid });`,
  );
  const { sockfile, onProcess } = box;
  const methods = ["pid"] as const;
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  assertEquals(await daemon.rpc.pid(), daemon.connection.pid);
});

Deno.test("autod() rejects with all of a failure, however long it is", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `throw new RangeError("x".repeat(300_000), { cause: new Error("why") });`,
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
  );
  const cause = error.cause as Error;
  assertEquals([cause.name, cause.message.length], ["RangeError", 300_000]);
  assertEquals((cause.cause as Error).message, "why");
});

Deno.test("Connection.unref() lets a command end that waits for daemons of before", async () => {
  await using box = new Sandbox();
  const { rpcfile, sockfile } = optionsIn(box);
  const script = box.write(
    "command.js",
    `import { autod } from ${JSON.stringify(LIBRARY)};
    const { rpc, connection } = await autod({
      rpcfile: ${JSON.stringify(rpcfile)},
      sockfile: ${JSON.stringify(sockfile)},
      methods: ["add", "leave", "never"],
    });
    rpc.never().catch(() => {});
    await rpc.leave();
    console.log(await rpc.add(1));
    connection.unref();`,
  );
  const { code, stdout } = await inTime(
    runDeno(["run", "--allow-all", script]),
    "the end of the command",
  );
  assertEquals([code, stdout], [0, "1\n"]);
});
