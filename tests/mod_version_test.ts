import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { toFileUrl } from "@std/path";
import { autod, AutodError } from "../mod.ts";
import { removeIfThere } from "../src/files/if_there.ts";
import { failureOf } from "../src/testing/command.ts";
import { ended } from "../src/testing/ended.ts";
import { Gate } from "../src/testing/gate.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const COUNTER = "let n = 0; export default () => ({ add: (m) => n += m });";
const METHODS = ["add"] as const;

function optionsIn(box: Sandbox) {
  const rpcfile = box.write("iface.ts", COUNTER);
  const { sockfile, onProcess } = box;
  return { rpcfile, sockfile, onProcess, methods: METHODS };
}

Deno.test("autod() tells why it started the daemon", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod(options);
  await using second = await autod(options);
  assertEquals(first.connection.reason, "there was none");
  assertEquals(second.connection.reason, undefined);
});

Deno.test("autod() tells that the daemon before was dead", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod(options);
  first.process?.kill("SIGKILL");
  await ended(first.process);
  await using second = await autod(options);
  assertEquals(
    second.connection.reason,
    "the one that had the socket is dead",
  );
});

Deno.test("autod() tells that the daemon before ended with its connection", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  const listener = Deno.listen({ transport: "unix", path: options.sockfile });
  const gone = listener.accept().then(async (conn) => {
    await conn.read(new Uint8Array(64)); // the first request
    listener.close();
    conn.close();
  });
  await using daemon = await autod(options);
  await gone;
  assertEquals(
    daemon.connection.reason,
    "the old one ended before it answered",
  );
});

Deno.test("autod() replaces the daemon when the rpcfile has changed", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod(options);
  assertEquals(await first.rpc.add(1), 1);
  Deno.utimeSync(options.rpcfile, 1, 1);
  await using second = await autod(options);
  assertEquals(await second.rpc.add(1), 1);
  assert(second.connection.spawned);
  const url = toFileUrl(options.rpcfile).href;
  const { size, ino } = Deno.statSync(options.rpcfile);
  assertEquals(
    second.connection.version,
    `${url}#mtime=1000,${size},${ino}`,
  );
  assertNotEquals(second.connection.instance, first.connection.instance);
});

Deno.test("autod() replaces the daemon when the rpcfile is another one of the same time", async () => {
  await using box = new Sandbox();
  const link = box.path("current");
  const { sockfile, onProcess } = box;
  for (const name of ["one", "two"]) {
    const code = `export default () => ({ ${name}: () => 1 });`;
    Deno.utimeSync(box.write(`${name}/iface.js`, code), 1, 1);
    removeIfThere(link);
    Deno.symlinkSync(name, link);
    await using daemon = await autod({
      rpcfile: `${link}/iface.js`,
      sockfile,
      onProcess,
      methods: [name],
    });
    assertEquals(await daemon.rpc[name](), 1);
  }
});

Deno.test("autod() takes an rpcfile that is a link, newer than what it leads to", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const file = box.write("iface.js", COUNTER);
  Deno.utimeSync(file, 1, 1);
  const rpcfile = box.path("link.js");
  Deno.symlinkSync(file, rpcfile);
  const options = { rpcfile, sockfile, onProcess, methods: METHODS };
  await using daemon = await autod(options);
  assertEquals(await daemon.rpc.add(1), 1);
  const other = { ...options, sockfile: box.path("other.sock") };
  box.write("iface.js", 'import "./none.js";');
  await assertRejects(() => autod(other), AutodError, "Module not found");
});

Deno.test("autod() replaces a daemon of another version whose factory never ends", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const drainTimeout = 60_000;
  const options = { sockfile, onProcess, methods: METHODS, drainTimeout };
  const stuck = box.write(
    "stuck.js",
    "export default () => new Promise(() => {})",
  );
  const error = await assertRejects(
    () => autod({ ...options, rpcfile: stuck, version: "1", timeout: 3000 }),
    AutodError,
    "the factory of its rpcfile has not answered within 3000 ms",
  );
  assertEquals(error.code, "not-responding");
  // Somebody may wait for it all the while, and takes what comes.
  const onMismatch = "keep";
  const waiting = autod({
    ...options,
    rpcfile: stuck,
    version: "1",
    onMismatch,
  });
  const { rpcfile } = optionsIn(box);
  await assertRejects(
    () =>
      autod({
        ...options,
        rpcfile,
        version: "2",
        onMismatch,
        timeout: 3000,
      }),
    AutodError,
    "has not answered within 3000 ms",
  );
  await using daemon = await autod({ ...options, rpcfile, version: "2" });
  assertEquals(await daemon.rpc.add(1), 1);
  await using other = await waiting;
  assertEquals(other.connection.pid, daemon.connection.pid);
});

Deno.test("autod() replaces the daemon whose starter could not read the rpcfile, if that has changed since", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  const version = toFileUrl(options.rpcfile).href; // all that such a command knows
  Deno.utimeSync(options.rpcfile, 1, 1);
  await using first = await autod({ ...options, version });
  const { instance, startedAt } = first.connection;
  const later = startedAt.getTime() / 1000 + 1;
  Deno.utimeSync(options.rpcfile, later, later);
  await using blind = await autod({ ...options, version });
  assertEquals(blind.connection.instance, instance);
  await using third = await autod(options);
  assertNotEquals(third.connection.instance, instance);
  await using last = await autod({ ...options, version });
  assertEquals(last.connection.instance, third.connection.instance);
});

Deno.test("autod() replaces the daemon whose starter could not read the rpcfile, if that has changed while it was imported", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const code = (edition: number) =>
    `const edition = ${edition};
    ${edition === 1 ? gate.code : ""};
    export default () => ({ add: () => edition });`;
  const rpcfile = box.write("iface.js", code(1));
  const { permissions } = gate;
  const options = { ...optionsIn(box), rpcfile, permissions };
  const version = toFileUrl(rpcfile).href; // all that such a command knows
  const starting = autod({ ...options, version });
  await gate.arrival();
  box.write("iface.js", code(2));
  gate.open();
  await using first = await starting;
  assertEquals(await first.rpc.add(1), 1);
  await using second = await autod(options);
  assertEquals(await second.rpc.add(1), 2);
});

Deno.test("autod() replaces the daemon of another rpcfile", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  const rpcfile = box.write(
    "other.ts",
    "export default () => ({ add: () => 7 });",
  );
  await using _first = await autod(options);
  await using second = await autod({ ...options, rpcfile });
  assertEquals(await second.rpc.add(), 7);
});

Deno.test("autod() says of what version the daemon is that a command may not replace", async () => {
  await using box = new Sandbox();
  const { onProcess, ...options } = optionsIn(box);
  await using _first = await autod({ ...options, onProcess, version: "1" });
  const { message } = await failureOf(
    { options: { ...options, version: "2" } },
    {
      flags: ["--allow-read", "--allow-write", "--allow-net"],
    },
  );
  assertStringIncludes(
    message,
    'no daemon can be used (its version was "1", and that of this command is "2"), and to start one this command lacks --allow-run=',
  );
});

Deno.test("autod() joins a daemon of the same version", async () => {
  await using box = new Sandbox();
  const options = { ...optionsIn(box), version: "1.2" };
  await using first = await autod(options);
  Deno.utimeSync(options.rpcfile, 1, 1);
  await using second = await autod(options);
  assertEquals(second.connection.version, "1.2");
  assertEquals(second.connection.instance, first.connection.instance);
});

Deno.test("autod() replaces a daemon of another version, and says so", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using _first = await autod({ ...options, version: "1" });
  await using second = await autod({ ...options, version: "2" });
  assertEquals(
    second.connection.reason,
    'its version was "1", and that of this command is "2"',
  );
  assertEquals(second.connection.version, "2");
});

Deno.test("autod() starts a daemon in another env for a version that tells of it", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    'export default () => ({ place: () => Deno.env.get("PLACE") });',
  );
  const { sockfile, onProcess } = box;
  const permissions = { env: ["PLACE"] };
  const methods = ["place"] as const;
  for (const place of ["home", "work"]) {
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      permissions,
      methods,
      env: { HOME: box.dir, PLACE: place },
      version: place,
    });
    assertEquals(await daemon.rpc.place(), place);
  }
});

Deno.test('autod() joins a daemon of another version with onMismatch: "keep"', async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod({ ...options, version: "1" });
  await using second = await autod({
    ...options,
    version: "2",
    onMismatch: "keep",
  });
  assertEquals(second.connection.version, "1");
  assertEquals(second.connection.instance, first.connection.instance);
});

Deno.test('autod() rejects a daemon of another version with onMismatch: "error"', async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using first = await autod({ ...options, version: "1" });
  const error = await assertRejects(
    () => autod({ ...options, version: "2", onMismatch: "error" }),
    AutodError,
    'its version was "1", and that of this command is "2"',
  );
  assertEquals(error.code, "version-mismatch");
  assertEquals(await first.rpc.add(1), 1);
});

Deno.test({
  name: "autod() leaves the successor alone that another command started",
  fn: async () => {
    await using box = new Sandbox();
    const options = optionsIn(box);
    await using first = await autod(options);
    Deno.utimeSync(options.rpcfile, 1, 1);
    await using second = await autod(options);
    assertEquals(await second.rpc.add(1), 1);
    assertEquals(await first.rpc.add(1), 2);
    assertEquals(await second.rpc.add(1), 3);
    assertEquals(first.connection.instance, second.connection.instance);
  },
});
