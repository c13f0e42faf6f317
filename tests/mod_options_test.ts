import { assertEquals, assertRejects } from "@std/assert";
import { relative, toFileUrl } from "@std/path";
import { autod, AutodError } from "../mod.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const COUNTER = "let n = 0; export default () => ({ add: (m) => n += m });";

const RPCFILES: Record<string, (path: string) => string | URL> = {
  "a relative path": (path) => relative(Deno.cwd(), path),
  "an absolute path": (path) => path,
  "a file: URL as a string": (path) => toFileUrl(path).href,
  "a URL object": (path) => toFileUrl(path),
};

for (const [name, toRpcfile] of Object.entries(RPCFILES)) {
  Deno.test(`autod() takes ${name} as rpcfile`, async () => {
    await using box = new Sandbox();
    // Neither a space nor a percent sign may be decoded twice, or never.
    const path = box.write("a %41 b/iface.ts", COUNTER);
    const { sockfile, onProcess } = box;
    const rpcfile = toRpcfile(path);
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      methods: ["add"],
    });
    assertEquals(await daemon.rpc.add(1), 1);
  });
}

const SOCKFILES: Record<string, (path: string) => string | URL> = {
  "a relative path": (path) => relative(Deno.cwd(), path),
  "a path with dots": (path) => path.replace("/d.sock", "/./x/../d.sock"),
  "a file: URL": (path) => toFileUrl(path),
};

for (const [name, toSockfile] of Object.entries(SOCKFILES)) {
  Deno.test(`autod() takes ${name} as sockfile`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", COUNTER);
    const { onProcess } = box;
    const sockfile = toSockfile(box.sockfile);
    await using _daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      methods: ["add"],
    });
    assertEquals(Deno.lstatSync(box.sockfile).isSocket, true);
  });
}

Deno.test("autod() serves another daemon at another sockfile", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", COUNTER);
  const { onProcess } = box;
  const sums: unknown[] = [];
  for (const sockfile of [box.sockfile, box.path("other.sock")]) {
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      methods: ["add"],
    });
    sums.push(await daemon.rpc.add(1));
  }
  assertEquals(sums, [1, 1]);
});

Deno.test("autod() makes the methods that are listed, and no others", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    "export default () => ({ a: () => 1, b: () => 2, c: () => 3 });",
  );
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    methods: ["a", "c"],
  });
  assertEquals(Object.keys(daemon.rpc), ["a", "c"]);
  assertEquals(await daemon.rpc.c(), 3);
});

Deno.test("autod() names the listed methods that the daemon lacks", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    "export default () => ({ total: () => 1, add: () => 2 });",
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () =>
      autod({ rpcfile, sockfile, onProcess, methods: ["add", "totol", "zz"] }),
    AutodError,
    `it has no method "totol" (it has "total"), "zz"`,
  );
  assertEquals(error.code, "missing-methods");
  assertEquals(error.sockfile, sockfile);
});

Deno.test("autod() hands args to the factory", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    "export default (server, stream, args) => ({ args: () => args });",
  );
  const { sockfile, onProcess } = box;
  const args = [1, "</script>`${x}`\u2028", { deep: [null, true] }];
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    args,
    methods: ["args"],
  });
  assertEquals(await daemon.rpc.args(), args);
});

Deno.test("autod() hands args to the factory that are no code: deep, and with a key __proto__", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `export default (server, stream, [odd, deep]) => ({
      keys: () => Object.keys(odd),
      depth: () => {
        let depth = 0;
        for (let at = deep; at; at = at[0]) depth++;
        return depth;
      },
    });`,
  );
  const { sockfile, onProcess } = box;
  const depth = 2000;
  const args = JSON.parse(
    `[{ "__proto__": 1 }, ${"[".repeat(depth)}${"]".repeat(depth)}]`,
  );
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    args,
    methods: ["keys", "depth"],
  });
  assertEquals(await daemon.rpc.keys(), ["__proto__"]);
  assertEquals(await daemon.rpc.depth(), depth);
});

Deno.test("autod() hands no args to the factory by default", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    "export default (server, stream, args) => ({ args: () => args });",
  );
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    methods: ["args"],
  });
  assertEquals(await daemon.rpc.args(), []);
});
