import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { autod, AutodError } from "../mod.ts";
import { Clock } from "../src/testing/clock.ts";
import { Gate } from "../src/testing/gate.ts";
import { DELAYS } from "../src/testing/delays.ts";
import { ended } from "../src/testing/ended.ts";
import { FakeDaemon } from "../src/testing/fake_daemon.ts";
import { namesIn } from "../src/testing/names_in.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Script } from "../src/testing/script.ts";
import { Waits } from "../src/testing/waits.ts";

const HANGS =
  "await new Promise((end) => setTimeout(end, 60_000)); export default () => ({});";
const EMPTY = "export default () => ({});";

Deno.test("autod() ends a daemon that is not ready within timeout", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", HANGS);
  const { sockfile } = box;
  let process: Deno.ChildProcess | undefined;
  const onProcess = (started: Deno.ChildProcess) => {
    process = started;
    process.ref();
  };
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, timeout: 300, methods: [] }),
    AutodError,
    "within 300 ms",
  );
  assertEquals(error.code, "timeout");
  assertEquals(error.sockfile, sockfile);
  assertEquals((await ended(process)).signal, "SIGKILL");
});

Deno.test({
  name: "autod() keeps the command alive until it has rejected",
  fn: async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", HANGS);
    const options = {
      rpcfile,
      sockfile: box.sockfile,
      timeout: 300,
      methods: [],
    };
    await using script = new Script(
      box,
      `autod(${
        JSON.stringify(options)
      }).catch(({ code }) => console.log(code));`,
    );
    assertEquals(await script.line(), "timeout");
    assertEquals((await script.ended()).code, 0);
  },
});

Deno.test("autod() rejects at once where the rpcfile waits for what cannot come", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    "await new Promise(() => {}); export default () => ({});",
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "Top-level await promise never resolved",
  );
  assertEquals(error.code, "start-failed");
});

Deno.test("autod() rejects with the reason of an aborted signal, and starts nothing", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("rpc/iface.ts", EMPTY);
  const { sockfile, onProcess } = box;
  const reason = new Error("Changed my mind");
  const signal = AbortSignal.abort(reason);
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, signal, methods: [] }),
    Error,
  );
  assertStrictEquals(error, reason);
  assertEquals(namesIn(box.dir), ["rpc"]);
});

Deno.test("autod() ends the daemon that it starts when signal aborts", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", HANGS);
  const { sockfile } = box;
  const reason = new Error("Changed my mind");
  const controller = new AbortController();
  let process: Deno.ChildProcess | undefined;
  const onProcess = (started: Deno.ChildProcess) => {
    process = started;
    queueMicrotask(() => controller.abort(reason));
  };
  const { signal } = controller;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, signal, methods: [] }),
    Error,
  );
  assertStrictEquals(error, reason);
  assertEquals((await ended(process)).signal, "SIGKILL");
});

Deno.test("autod() rejects when signal aborts at any step of a connection", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", EMPTY);
  const { sockfile, onProcess } = box;
  const options = { rpcfile, sockfile, onProcess, methods: [] };
  await using _daemon = await autod(options);
  // The last of them come while the system connects the socket.
  for (let steps = 0; steps < 20; steps++) {
    const controller = new AbortController();
    const { signal } = controller;
    const rejected = autod({ ...options, signal }).catch((reason) => reason);
    for (let step = 0; step < steps; step++) await undefined;
    const reason = new Error("Changed my mind");
    controller.abort(reason);
    assertStrictEquals(await rejected, reason);
  }
});

Deno.test("autod() rejects with null when signal aborts by that reason", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", HANGS);
  const { sockfile } = box;
  const controller = new AbortController();
  const { signal } = controller;
  const onProcess = (process: Deno.ChildProcess) => {
    box.onProcess(process);
    controller.abort(null);
  };
  const options = { rpcfile, sockfile, onProcess, signal, methods: [] };
  const reason = await autod(options).catch((reason) => reason);
  assertStrictEquals(reason, null);
});

Deno.test({
  name: "autod() ends the daemon that it starts when onProcess aborts signal",
  fn: async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", EMPTY);
    const { sockfile } = box;
    const reason = new Error("Changed my mind");
    const controller = new AbortController();
    let process: Deno.ChildProcess | undefined;
    const onProcess = (started: Deno.ChildProcess) => {
      process = started;
      controller.abort(reason);
    };
    const { signal } = controller;
    const error = await assertRejects(
      () => autod({ rpcfile, sockfile, onProcess, signal, methods: [] }),
      Error,
    );
    assertStrictEquals(error, reason);
    // One that serves is asked to end, so that the test fails and does not hang.
    await box.stop().catch(() => {});
    assertEquals((await ended(process)).signal, "SIGKILL");
  },
});

for (const end of ["timeout", "signal"]) {
  Deno.test(`autod() leaves alone a daemon that was ready before its ${end} was over, although it hears of it later`, async () => {
    await using box = new Sandbox();
    using gate = new Gate(box.path("gate"));
    const rpcfile = box.write("iface.js", `${gate.code};${EMPTY}`);
    const { sockfile, onProcess } = box;
    const options = {
      rpcfile,
      sockfile,
      onProcess,
      permissions: gate.permissions,
      methods: [],
    };
    const controller = new AbortController();
    const { signal } = controller;
    const timeout = 5000;
    const start = performance.now();
    const starting = autod({ ...options, signal, timeout })
      .then((daemon) => daemon.connection.close(), () => {});
    const pid = await gate.arrival();
    gate.open();
    // This process does nothing else, as one that is stopped.
    while (!readIfThere(`${sockfile}.log`).includes("Serving"));
    if (end === "signal") controller.abort();
    else while (performance.now() < start + timeout);
    await starting;
    await using other = await autod(options);
    assertEquals(other.connection.pid, pid);
  });
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

Deno.test("autod() leaves alone a daemon that was ready before signal aborted", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    "export default () => ({ one: () => 1 });",
  );
  const { sockfile, onProcess } = box;
  const controller = new AbortController();
  const { signal } = controller;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    signal,
    methods: ["one"],
  });
  const { signal: lost } = daemon.connection;
  controller.abort();
  assertEquals(await daemon.rpc.one(), 1);
  assertEquals(lost.aborted, false);
});

Deno.test("autod() stops the time of a start when the daemon serves, and the daemon does as well", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", DELAYS);
  const { sockfile, onProcess } = box;
  const methods = ["stopped"];
  using waits = new Waits();
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  assertEquals(waits.left, []);
  assertEquals(await daemon.rpc.stopped(), 1);
});

for (const [timeout, limit] of [[1000, 1000], [30_000, 5000]]) {
  Deno.test(`autod() lets a daemon be silent for ${limit} ms with a timeout of ${timeout} ms`, async () => {
    await using box = new Sandbox();
    using waits = new Waits({ endless: true });
    using _clock = new Clock();
    const limits = Promise.withResolvers<number[]>();
    await using _silent = new FakeDaemon(box.sockfile, async (conn) => {
      await conn.read(new Uint8Array(1024));
      limits.resolve(waits.left);
    });
    const { sockfile } = box;
    const controller = new AbortController();
    const { signal } = controller;
    const rpcfile = "/nowhere/iface.ts";
    const rejected = assertRejects(
      () => autod({ rpcfile, sockfile, timeout, signal, methods: [] }),
      Error,
      "Enough",
    );
    const left = await limits.promise;
    controller.abort(new Error("Enough"));
    await rejected;
    assertEquals(left, [limit]);
  });
}

Deno.test("autod() hands the process that it starts to onProcess", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", EMPTY);
  const { sockfile } = box;
  const processes: Deno.ChildProcess[] = [];
  const onProcess = (process: Deno.ChildProcess) => {
    box.onProcess(process);
    processes.push(process);
  };
  const options = { rpcfile, sockfile, onProcess, methods: [] } as const;
  await using daemon = await autod(options);
  await using _second = await autod(options);
  assertEquals(processes.length, 1);
  assertStrictEquals(daemon.process, processes[0]);
  assertEquals(daemon.connection.pid, processes[0].pid);
});

Deno.test({
  name: "autod() ends the process and rejects when onProcess throws",
  fn: async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", EMPTY);
    const { sockfile } = box;
    let process: Deno.ChildProcess | undefined;
    const onProcess = (started: Deno.ChildProcess) => {
      process = started;
      throw new Error("Not today");
    };
    await assertRejects(
      () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
      Error,
      "Not today",
    );
    assertEquals((await ended(process)).signal, "SIGKILL");
  },
});

Deno.test("autod() takes no line of the rpcfile's for that of a daemon that is ready", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const rpcfile = box.write(
    "iface.js",
    `console.log('{"autod":"1.2.3"}');
    await new Promise((resolve) => setTimeout(resolve, 300));
    export default () => ({});`,
  );
  const methods: string[] = [];
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  assertEquals(daemon.process?.pid, daemon.connection.pid);
});
