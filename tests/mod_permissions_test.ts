import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { basename, toFileUrl } from "@std/path";
import {
  autod,
  AutodError,
  type DaemonPermissions,
  type Grant,
  type PermissionsOption,
  RpcError,
} from "../mod.ts";
import { type Kind, KINDS } from "../src/permissions/rules.ts";
import { sh } from "../src/testing/readme.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

// What a daemon does to find out whether it may. Nothing but a lacking permission
// counts as a failure.
const TRIES: Record<Kind, string> = {
  read: "Deno.readTextFileSync(item)",
  write: 'Deno.writeTextFileSync(item, "")',
  net:
    'Deno.listen({ hostname: item.split(":")[0], port: Number(item.split(":")[1]) }).close()',
  env: "Deno.env.get(item)",
  run: "new Deno.Command(item).outputSync()",
  sys: "Deno[item]()",
  ffi: "Deno.dlopen(item, {})",
  // To import is to load from the network: asking has to do.
  import: `{
    const { state } = Deno.permissions.querySync({ name: "import", host: item });
    if (state !== "granted") throw new Deno.errors.NotCapable("Requires import access");
  }`,
};

const TRIER = `
function attempt(act) {
  try {
    act();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotCapable);
  }
}
export default () => ({
${
  Object.entries(TRIES).map(([kind, code]) =>
    `  ${kind}: (item) => attempt(() => ${code}),`
  ).join("\n")
}
  query: (descriptor) => Deno.permissions.querySync(descriptor).state,
  file: (path) => import(path).then((module) => module.default, (error) => error.message),
});
`;

const METHODS = [...KINDS, "query", "file"] as const;

/** Starts a daemon with `permissions` and lets `use` try what it may do. */
async function withDaemon(
  box: Sandbox,
  permissions: PermissionsOption | undefined,
  use: (
    rpc: Record<typeof METHODS[number], (arg: unknown) => Promise<unknown>>,
  ) => Promise<void>,
): Promise<void> {
  const rpcfile = box.write("iface.js", TRIER);
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    ...(permissions !== undefined && { permissions }),
    methods: METHODS,
  });
  await use(daemon.rpc);
  await box.stop();
}

/** Two things of each kind that can be granted one without the other. */
function itemsIn(box: Sandbox): Record<Kind, [string, string]> {
  return {
    read: [box.write("one", ""), box.write("two", "")],
    write: [box.path("new1"), box.path("new2")],
    net: ["127.0.0.1:0", "127.0.0.2:0"],
    env: ["HOME", "PATH"],
    run: ["true", "echo"],
    sys: ["hostname", "osRelease"],
    ffi: ["/nowhere/one.so", "/nowhere/two.so"],
    import: ["example.com:443", "example.org:443"],
  };
}

// What can be written for the key of a kind, of which there are two things, and
// which of them the daemon may then do.
const FORMS: [
  form: string,
  grant: (one: string, two: string) => Grant,
  mayOne: boolean,
  mayTwo: boolean,
  all?: boolean,
][] = [
  ["true", () => true, true, true],
  ["false", () => false, false, false],
  ["an empty list", () => [], false, false],
  ["a list", (one) => [one], true, false],
  ["a list as allow", (one) => ({ allow: [one] }), true, false],
  ["a list without it", (_, two) => [two], false, true],
  [
    "all but what is denied",
    (one) => ({ allow: true, deny: [one] }),
    false,
    true,
  ],
  [
    "a list, a part of which is denied",
    (one, two) => ({ allow: [one, two], deny: [one] }),
    false,
    true,
  ],
  [
    "a list, and all is denied",
    (one) => ({ allow: [one], deny: true }),
    false,
    false,
  ],
  ["all: true and a list", (_, two) => [two], false, true, true],
  ["all: true and a denial", (one) => ({ deny: [one] }), false, true, true],
  ["all: true and false", () => false, false, false, true],
  ["all: true and all denied", () => ({ deny: true }), false, false, true],
];

for (const [form, grant, mayOne, mayTwo, all] of FORMS) {
  Deno.test(`autod() lets the daemon do what its permissions say with ${form}`, async () => {
    await using box = new Sandbox();
    const items = itemsIn(box);
    const grants = KINDS.map((kind) => [kind, grant(...items[kind])]);
    const permissions = { all, ...Object.fromEntries(grants) };
    await withDaemon(box, permissions, async (rpc) => {
      for (const kind of KINDS) {
        const [one, two] = items[kind];
        const may = [await rpc[kind](one), await rpc[kind](two)];
        assertEquals(may, [mayOne, mayTwo], kind);
      }
    });
  });
}

Deno.test("autod() grants everything beside a kind that has a key of its own with all: true", async () => {
  await using box = new Sandbox();
  const items = itemsIn(box);
  await withDaemon(box, { all: true, net: false }, async (rpc) => {
    for (const kind of KINDS) {
      assertEquals(await rpc[kind](items[kind][0]), kind !== "net", kind);
    }
  });
});

for (const permissions of [undefined, "none", {}, { all: false }] as const) {
  Deno.test(`autod() lets the daemon do nothing with permissions: ${Deno.inspect(permissions)}`, async () => {
    await using box = new Sandbox();
    const items = itemsIn(box);
    await withDaemon(box, permissions, async (rpc) => {
      for (const kind of KINDS) {
        assertFalse(await rpc[kind](items[kind][0]), kind);
        assertEquals(await rpc.query({ name: kind }), "prompt");
      }
    });
  });
}

for (const permissions of ["all", { all: true }] as const) {
  Deno.test(`autod() lets the daemon do everything with permissions: ${Deno.inspect(permissions)}`, async () => {
    await using box = new Sandbox();
    const items = itemsIn(box);
    await withDaemon(box, permissions, async (rpc) => {
      for (const kind of KINDS) {
        assert(await rpc[kind](items[kind][0]), kind);
        assertEquals(await rpc.query({ name: kind }), "granted");
      }
      // Deno guards this by --allow-all alone.
      assert(await rpc.read("/proc/self/environ"));
    });
  });
}

Deno.test("autod() lets the daemon import a file by a computed path if it may read that", async () => {
  await using box = new Sandbox();
  const file = box.write("module.js", 'export default "imported";');
  await withDaemon(box, "none", async (rpc) => {
    assertStringIncludes(`${await rpc.file(file)}`, "Requires read access");
  });
  await withDaemon(box, { read: [file] }, async (rpc) => {
    assertEquals(await rpc.file(file), "imported");
  });
});

Deno.test("autod() leaves Deno's own list of hosts to import from, unless something is said of imports", async () => {
  await using box = new Sandbox();
  const usual = "jsr.io:443";
  const forms: [DaemonPermissions, boolean][] = [
    [{}, true],
    [{ import: { deny: ["example.com"] } }, true],
    [{ import: { deny: [] } }, true],
    [{ import: false }, false],
    [{ import: [] }, false],
    [{ import: { allow: [] } }, false],
    [{ import: { allow: [usual], deny: [usual] } }, false],
    [{ all: true, import: false }, false],
    [{ import: ["example.com"] }, false],
    [{ import: { deny: true } }, false],
    [{ import: { deny: ["jsr.io"] } }, false],
    [{ import: { allow: true, deny: ["jsr.io"] } }, false],
    [{ all: true, import: { deny: true } }, false],
  ];
  for (const [permissions, expected] of forms) {
    await withDaemon(box, permissions, async (rpc) => {
      const may = await rpc.import(usual);
      assertEquals(may, expected, Deno.inspect(permissions));
    });
  }
});

Deno.test("autod() grants the daemon the import of this library from wherever it is", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const rpcfile = box.write("iface.js", TRIER);
  const root = new URL("..", import.meta.url);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const text = await Deno.readTextFile(new URL(`.${pathname}`, root));
      const headers = { "content-type": "application/typescript" };
      return new Response(text, { headers });
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const hosts = [host, "example.com:443", "jsr.io:443"];
  const forms: [PermissionsOption, ...may: boolean[]][] = [
    ["none", true, false, true],
    [{ import: [hosts[1]] }, true, true, false],
    [{ import: { deny: true } }, true, false, false],
  ];
  for (const [permissions, ...expected] of forms) {
    const options = { rpcfile, sockfile, permissions, methods: ["import"] };
    const command = box.write(
      "command.js",
      `import { autod } from "http://${host}/mod.ts";
      await using daemon = await autod(${JSON.stringify(options)});
      for (const host of ${JSON.stringify(hosts)}) {
        console.log(await daemon.rpc.import(host));
      }`,
    );
    const { stdout, stderr } = await sh(
      box,
      `DENO_DIR="$XDG_RUNTIME_DIR/deno" deno run --quiet --allow-all ${command}`,
    );
    assertEquals([stdout, stderr], [expected.join("\n") + "\n", ""]);
    await box.stop();
  }
});

Deno.test("autod() takes file: URLs in permissions", async () => {
  await using box = new Sandbox();
  const { read: [one, two], write: [, fresh] } = itemsIn(box);
  const permissions = {
    read: [toFileUrl(one), toFileUrl(two).href],
    write: [toFileUrl(fresh)],
    run: [toFileUrl("/bin/true")],
    ffi: [toFileUrl("/nowhere")],
  };
  await withDaemon(box, permissions, async (rpc) => {
    assert(await rpc.read(one));
    assert(await rpc.read(two));
    assert(await rpc.write(fresh));
    assert(await rpc.run("/bin/true"));
    assert(await rpc.ffi("/nowhere/one.so"));
  });
});

Deno.test("autod() takes relative paths in permissions as relative to the command's working directory", async () => {
  await using box = new Sandbox();
  const own = `${basename(box.dir)}.test`; // in the test's working directory
  const cwd = Deno.cwd();
  const permissions = {
    read: [own, "./a/../b"],
    write: [own],
    run: ["./program"], // which may not be written then
    ffi: [own],
    net: [`unix:${own}`],
  };
  await withDaemon(box, permissions, async (rpc) => {
    for (const name of ["read", "write", "ffi"] as const) {
      const at = (path: string) => rpc.query({ name, path });
      assertEquals(await at(`${cwd}/${own}`), "granted", name);
      assertEquals(await at(box.path(own)), "prompt", name);
    }
    assertEquals(
      await rpc.query({ name: "read", path: `${cwd}/b` }),
      "granted",
    );
    const command = `${cwd}/program`;
    assertEquals(await rpc.query({ name: "run", command }), "granted");
    const host = `unix:${cwd}/${own}`;
    assertEquals(await rpc.query({ name: "net", host }), "granted");
  });
});

Deno.test("autod() takes an item for no other flag, whatever it looks like", async () => {
  await using box = new Sandbox();
  const odd = [
    "--allow-all",
    "-A",
    "a b",
    "it's",
    '"',
    "$HOME",
    "`id`",
    "a\nb",
    "a\n--allow-all",
    "=",
    "*",
    " x ",
    "日本",
  ].map((name) => box.path(name));
  const permissions = { read: odd, env: ["--allow-all", "-A", " X"] };
  await withDaemon(box, permissions, async (rpc) => {
    for (const path of odd) {
      assertEquals(await rpc.query({ name: "read", path }), "granted", path);
    }
    assert(await rpc.env("--allow-all"));
    for (const name of KINDS) {
      assertEquals(await rpc.query({ name }), "prompt");
    }
  });
});

Deno.test("autod() grants the daemon what its permissions were when it was called", async () => {
  await using box = new Sandbox();
  const [one, two] = itemsIn(box).read;
  const read = [one];
  const rpcfile = box.write("iface.js", TRIER);
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    permissions: { read },
    methods: ["read"],
    onProcess(process) {
      read.push(two);
      onProcess(process);
    },
  });
  assert(await daemon.rpc.read(one));
  assertFalse(await daemon.rpc.read(two));
});

Deno.test("autod() says what Deno says of an item that means nothing to it", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.js", TRIER);
  const { sockfile, onProcess } = box;
  const wrong: [DaemonPermissions, string][] = [
    [{ net: ["example.com:99999"] }, "invalid port in 'example.com:99999'"],
    [{ sys: ["bogus"] }, "unknown sys descriptor: 'bogus'"],
  ];
  for (const [permissions, message] of wrong) {
    await assertRejects(
      () => autod({ rpcfile, sockfile, onProcess, permissions, methods: [] }),
      Error,
      message,
    );
  }
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

Deno.test("autod() tells the caller of a method that the daemon may not do it", async () => {
  await using box = new Sandbox();
  const code = "export default () => ({ read: (p) => Deno.readTextFile(p) });";
  const rpcfile = box.write("iface.js", code);
  const { sockfile, onProcess } = box;
  const options = { rpcfile, sockfile, onProcess, methods: ["read"] } as const;
  await using daemon = await autod(options);
  const error = await assertRejects(
    () => daemon.rpc.read(rpcfile),
    RpcError,
    rpcfile,
  );
  assertEquals(error.remoteName, "NotCapable");
});

Deno.test("autod() tells a daemon's author of paths that Deno opens to those alone who may do all", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    'Deno.readTextFileSync("/proc/self/environ"); export default () => ({});',
  );
  const { sockfile, onProcess } = box;
  await assertRejects(
    () =>
      autod({
        rpcfile,
        sockfile,
        onProcess,
        methods: [],
        permissions: { read: true },
      }),
    AutodError,
    'choose another path, or grant "all" with the option "permissions"',
  );
});

Deno.test("autod() names the flags of a host that code is imported from", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    'import "https://example.com/x.js"; export default () => ({});',
  );
  const { sockfile, onProcess } = box;
  await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    'run the command with --allow-import=example.com:443 as well, and grant that with the option "permissions"',
  );
});
