import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { autod, RpcError } from "./mod.ts";
import { Sandbox } from "./src/testing/sandbox.ts";

const READER =
  "export default () => ({ read: (path) => Deno.readTextFileSync(path) });";

Deno.test("autod() lets the daemon read nothing by default", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", READER);
  const { sockfile, onProcess } = box;
  for (const permissions of [undefined, "none", {}] as const) {
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      ...(permissions && { permissions }),
      methods: ["read"],
    });
    const error = await assertRejects(
      () => daemon.rpc.read(rpcfile),
      RpcError,
      rpcfile,
    );
    assertEquals(error.remoteName, "NotCapable");
    await box.stop();
  }
});

Deno.test('autod() lets the daemon read everything with permissions: "all"', async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", READER);
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    permissions: "all",
    methods: ["read"],
  });
  assertEquals(await daemon.rpc.read(rpcfile), READER);
});

Deno.test("autod() lets the daemon read what permissions list, and no more", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", READER);
  const granted = box.write("granted", "text");
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    permissions: { read: [granted] },
    methods: ["read"],
  });
  assertEquals(await daemon.rpc.read(granted), "text");
  await assertRejects(() => daemon.rpc.read(rpcfile), RpcError, rpcfile);
});

Deno.test("autod() grants the daemon what a kind of permission names", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    `export default () => ({
      query: (...descriptors) =>
        descriptors.map((descriptor) => Deno.permissions.querySync(descriptor).state),
    });`,
  );
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    permissions: {
      env: ["HOME"],
      run: ["true"],
      sys: ["hostname"],
      net: ["example.com:443"],
      write: false,
      ffi: true,
    },
    methods: ["query"],
  });
  const states = await daemon.rpc.query(
    { name: "env", variable: "HOME" },
    { name: "env", variable: "PATH" },
    { name: "run", command: "true" },
    { name: "run", command: "false" },
    { name: "sys", kind: "hostname" },
    { name: "sys", kind: "osRelease" },
    { name: "net", host: "example.com:443" },
    { name: "net", host: "example.com:80" },
    { name: "ffi" },
    { name: "write", path: "/tmp" },
  );
  assertEquals(states, [
    "granted",
    "prompt",
    "granted",
    "prompt",
    "granted",
    "prompt",
    "granted",
    "prompt",
    "granted",
    "prompt",
  ]);
});

Deno.test("autod() says how to grant what a daemon needs for its own start", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    'Deno.readTextFileSync("/etc/hostname"); export default () => ({});',
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    Error,
    'grant it with the option "permissions"',
  );
  assertStringIncludes(error.message, rpcfile);
});
