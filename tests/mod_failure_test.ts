import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { toFileUrl } from "@std/path";
import { autod, AutodError } from "../mod.ts";
import { LIBRARY, runDeno } from "../src/testing/command.ts";
import { inTime } from "../src/testing/deadline.ts";
import { FakeDaemon } from "../src/testing/fake_daemon.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Script } from "../src/testing/script.ts";

const EMPTY = "export default () => ({});";

Deno.test("autod() rejects with what the rpcfile threw", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    'throw new TypeError("No luck", { cause: new Error("Rain") });',
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "TypeError: No luck",
  );
  assertEquals(error.code, "start-failed");
  const cause = error.cause as Error;
  assertEquals([cause.name, cause.message], ["TypeError", "No luck"]);
  assertEquals((cause.cause as Error).message, "Rain");
});

Deno.test("autod() rejects with what the daemon printed before it failed", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", `console.log("a hint"); throw 1;`);
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
  );
  assertEquals(error.logfile, `${sockfile}.log`);
  assertMatch(error.stderr ?? "", /^a hint\n/);
});

Deno.test("autod() rejects with what the factory threw", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    'export default () => { throw new TypeError("No luck"); };',
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "TypeError: No luck",
  );
  assertEquals(error.code, "iface-failed");
  assertEquals((error.cause as Error).name, "TypeError");
});

Deno.test("autod() rejects with what each daemon died of that it started", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", EMPTY);
  const execPath = box.write(
    "exec.sh",
    `#!/bin/sh\necho '{"autod":"ready","pid":1}'\n`,
  );
  Deno.chmodSync(execPath, 0o700);
  const cause = { name: "NotCapable", message: "Requires env access" };
  await using _dying = new FakeDaemon(box.sockfile, async (conn) => {
    await new PlainPeer(conn).send({
      jsonrpc: "2.0",
      id: 1,
      error: { code: -32802, message: "The daemon dies", data: { cause } },
    });
  });
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, execPath, methods: [] }),
    AutodError,
    'died of an error that nobody caught: NotCapable: Requires env access; grant it with the option "permissions"',
  );
  assertEquals(error.code, "start-failed");
  assertInstanceOf(error.cause, Error);
  assertEquals(error.cause.name, "NotCapable");
});

Deno.test("autod() says what to do about an iface with more methods than a message can name", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const rpcfile = box.write(
    "iface.ts",
    `export default () =>
      Object.fromEntries(
        Array.from({ length: 1000 }, (_, at) => ["method" + at, () => at]),
      );`,
  );
  const options = { rpcfile, sockfile, onProcess, methods: ["method999"] };
  const limited = { ...options, maxMessageBytes: 4096 };
  const error = await assertRejects(
    () => autod(limited),
    AutodError,
    "its result takes more than 4096 bytes; a stream has no limit); " +
      'end it and raise the option "maxMessageBytes", or let one method do',
  );
  assertEquals(error.code, "iface-failed");
  await box.stop();
  await using daemon = await autod(options);
  assertEquals(await daemon.rpc.method999(), 999);
});

Deno.test("autod() rejects with what each daemon died of that it could not reach", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  // It dies after it has begun to serve, and before it says so.
  const rpcfile = box.write(
    "iface.js",
    `Deno.addSignalListener = () =>
      reportError(new Deno.errors.NotCapable("Requires env access"));
    export default () => ({});`,
  );
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "died of an error that nobody caught: NotCapable: Requires env access",
  );
  assertEquals(error.code, "start-failed");
  assertMatch(error.message, /grant it with the option "permissions"; see "/);
});

Deno.test("autod() rejects a reserved name in the iface", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  for (const name of ["$/mine", "rpc.mine"]) {
    const rpcfile = box.write(
      `${name.replace("/", "")}.ts`,
      `export default () => ({ ok: () => 1, "${name}": () => 2 });`,
    );
    const error = await assertRejects(
      () => autod({ rpcfile, sockfile, onProcess, methods: ["ok"] }),
      AutodError,
      `Cannot serve the method "${name}"`,
    );
    assertEquals(error.code, "iface-failed");
    // A daemon without a single iface has closed: wait, so that it is not joined.
    await box.released();
  }
});

Deno.test("autod() says what the default export should be", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  for (
    const [name, code, message] of [
      ["none.ts", "export const x = 1;", "is missing"],
      ["object.ts", "export default {};", "is of the type object"],
    ]
  ) {
    const rpcfile = box.write(name, code);
    const error = await assertRejects(
      () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
      AutodError,
      message,
    );
    assertEquals(error.code, "start-failed");
  }
});

Deno.test("autod() rejects an execPath that cannot be run", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", EMPTY);
  const { sockfile, onProcess } = box;
  const execPath = box.path("missing");
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, execPath, methods: [] }),
    AutodError,
    'correct the option "execPath"',
  );
  assertEquals(error.code, "spawn-failed");
});

for (const what of ["does not exist", "is no directory"]) {
  Deno.test(`autod() rejects a cwd that ${what}`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", EMPTY);
    const { sockfile, onProcess } = box;
    const cwd = what === "is no directory" ? rpcfile : box.path("missing");
    const error = await assertRejects(
      () => autod({ rpcfile, sockfile, onProcess, cwd, methods: [] }),
      AutodError,
      `"${cwd}" ${what}; correct the option "cwd"`,
    );
    assertEquals(error.code, "no-directory");
  });
}

Deno.test("autod() says what a process printed that ended before it was ready", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", EMPTY);
  const execPath = box.write(
    "exec.sh",
    "#!/bin/sh\necho out\necho err >&2\nexit 7\n",
  );
  Deno.chmodSync(execPath, 0o700);
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, execPath, methods: [] }),
    AutodError,
    "ended with code 7",
  );
  assertEquals(error.code, "start-failed");
  assertEquals(error.stderr?.split("\n").sort(), ["", "err", "out"]);
});

Deno.test({
  name:
    "autod() rejects although something else holds the stderr of an ended process",
  fn: async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", EMPTY);
    const fifo = box.path("fifo");
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    const execPath = box.write(
      "exec.sh",
      `#!/bin/sh\ncat '${fifo}' >/dev/null &\nexit 7\n`,
    );
    Deno.chmodSync(execPath, 0o700);
    const { sockfile } = box;
    const options = { rpcfile, sockfile, execPath, timeout: 500, methods: [] };
    await using script = new Script(
      box,
      `await autod(${
        JSON.stringify(options)
      }).catch(({ name }) => console.log(name));`,
    );
    const line = await inTime(script.line(), "the end of autod()");
    // Lets what holds stderr end.
    Deno.writeTextFileSync(fifo, "");
    assertEquals(line, "AutodError");
  },
});

Deno.test("autod() tells an AutodError that the rpcfile itself threw as the rpcfile's", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `throw Object.assign(new Error("no daemon runs elsewhere"), {
      name: "AutodError",
      code: "not-running",
    });`,
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "failed while it was imported: AutodError: no daemon runs elsewhere",
  );
  assertEquals(error.code, "start-failed");
  assertEquals((error.cause as Error).message, "no daemon runs elsewhere");
});

Deno.test("autod() has the reason of an import that failed with very much beside it", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `throw Object.assign(new RangeError("the reason"), {
      body: "x".repeat(8 * 1024 * 1024),
    });`,
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "failed while it was imported: RangeError: the reason",
  );
  assertEquals((error.cause as Error).message, "the reason");
});

Deno.test("autod() says that the daemon it reached let nobody in", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `export default (server, stream) => {
      server.ref();
      stream.destroy();
      return {};
    };`,
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "it serves, and ended each connection before it served that",
  );
  assertEquals(error.code, "iface-failed");
});

Deno.test("autod() tells of two tools that share a socket", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const options = { sockfile, onProcess, version: "1" };
  const one = box.write("one.js", "export default () => ({ one: () => 1 })");
  const two = box.write("two.js", "export default () => ({ two: () => 2 })");
  await using _daemon = await autod({
    ...options,
    rpcfile: one,
    methods: ["one"],
  });
  const error = await assertRejects(
    () => autod({ ...options, rpcfile: two, methods: ["two"] }),
    AutodError,
    `it has no method "two"; it runs "${
      toFileUrl(one)
    }", and this command has "${
      toFileUrl(two)
    }": give each a socket of its own`,
  );
  assertEquals(error.code, "missing-methods");
});

for (
  const [mode, left, code] of [
    ["daemon", "call", "daemon.rpc.wait()"],
    ["inline", "call", "daemon.rpc.wait()"],
    ["daemon", "loop", "Array.fromAsync(daemon.rpc.ticks())"],
    ["inline", "loop", "Array.fromAsync(daemon.rpc.ticks())"],
    [
      "daemon",
      "pipe",
      "daemon.rpc.ticks().readable.pipeTo(new WritableStream())",
    ],
  ]
) {
  Deno.test(`A command dies of its own error, and not of what this left behind: ${left}, mode ${mode}`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write(
      "iface.js",
      `const { promise } = Promise.withResolvers();
      export default () => ({
        first: () => {},
        wait: () => promise,
        ticks: async function* () { yield 1; await promise; },
        [Symbol.asyncDispose]: () => new Promise((end) => setTimeout(end, 20)),
      });`,
    );
    const script = box.write(
      "command.js",
      `import { autod } from ${JSON.stringify(LIBRARY)};
      await using daemon = await autod({
        rpcfile: ${JSON.stringify(rpcfile)},
        sockfile: ${JSON.stringify(box.sockfile)},
        methods: ["first", "wait", "ticks:s"],
        mode: ${JSON.stringify(mode)},
        drainTimeout: 500,
      });
      const left = ${code};
      await daemon.rpc.first();
      JSON.parse("{oops");
      await left;`,
    );
    const { code: status, stderr } = await runDeno([
      "run",
      "--allow-all",
      script,
    ]);
    assertEquals(status, 1);
    assertStringIncludes(stderr, "SyntaxError");
  });
}
