import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { toFileUrl } from "@std/path";
import { autod, AutodError, RpcError, withSignal } from "../mod.ts";
import { lstatIfThere } from "../src/files/if_there.ts";
import { LIBRARY, runDeno } from "../src/testing/command.ts";
import { inTime } from "../src/testing/deadline.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const IFACE = `let n = 0;
export default (server, session, args) => ({
  add: (m) => n += m,
  args: () => args,
  echo: (value) => value,
  date: () => new Date(0),
  nothing() {},
  function: () => () => {},
  fail() { throw Object.assign(new RangeError("not today"), { code: "E" }); },
  never: () => new Promise((resolve) => session.callSignal.addEventListener("abort", resolve)),
  ticks: () => ReadableStream.from([1, { a: 2 }, new Uint8Array([3])]),
  upper: () => new TransformStream({
    transform: (text, out) => out.enqueue(text.toUpperCase()),
  }),
  close: () => server.close(),
  pid: () => Deno.pid,
});`;

const METHODS = [
  "add",
  "args",
  "echo",
  "date",
  "nothing",
  "function",
  "fail",
  "never",
  "ticks:s",
  "upper:s",
  "close",
  "pid",
] as const;

function optionsIn(box: Sandbox, code = IFACE) {
  const { sockfile, onProcess } = box;
  const rpcfile = box.write(`iface-${crypto.randomUUID()}.js`, code);
  return { rpcfile, sockfile, onProcess, methods: METHODS };
}

/** What is there, but for names that a test makes anew. */
function filesIn(box: Sandbox): string[] {
  return Array.from(Deno.readDirSync(box.dir), ({ name }) => name)
    .filter((name) => name.startsWith("d.sock"));
}

for (const mode of ["daemon", "inline"] as const) {
  Deno.test(`autod() serves the same values and errors, mode ${mode}`, async () => {
    await using box = new Sandbox();
    await using daemon = await autod({
      ...optionsIn(box),
      mode,
      args: [{ deep: [1] }],
    });
    const { rpc, connection } = daemon;
    assertEquals(connection.mode, mode);
    assertEquals(await rpc.pid() === Deno.pid, mode === "inline");
    assertEquals(connection.pid, await rpc.pid());
    assertEquals([await rpc.add(2), await rpc.add(3)], [2, 5]);
    assertEquals(await rpc.args(), [{ deep: [1] }]);
    const value = { text: "ü", list: [null], not: undefined };
    assertEquals(await rpc.echo(value), { text: "ü", list: [null] });
    assertEquals(await rpc.date(), "1970-01-01T00:00:00.000Z");
    assertEquals([await rpc.nothing(), await rpc.function()], [null, null]);
    const error = await assertRejects(() => rpc.fail(), RpcError, "not today");
    assertEquals(
      [error.code, error.remoteName, error.data],
      [-32000, "RangeError", { code: "E" }],
    );
    assertMatch(error.remoteStack!, /iface-.*\.js/);
  });

  Deno.test(`autod() serves the same streams and signals, mode ${mode}`, async () => {
    await using box = new Sandbox();
    await using daemon = await autod({ ...optionsIn(box), mode });
    const chunks = await Array.fromAsync(daemon.rpc.ticks());
    assertEquals(chunks, [1, { a: 2 }, new Uint8Array([3])]);
    const upper = ReadableStream.from(["a", "b"])
      .pipeThrough(daemon.rpc.upper());
    assertEquals(await Array.fromAsync(upper), ["A", "B"]);
    const controller = new AbortController();
    const never = withSignal(daemon.rpc, controller.signal).never();
    controller.abort(new Error("enough"));
    await assertRejects(() => never, Error, "enough");
  });

  Deno.test(`autod() goes on after server.close(), mode ${mode}`, async () => {
    await using box = new Sandbox();
    await using daemon = await autod({ ...optionsIn(box), mode });
    const { instance } = daemon.connection;
    await daemon.rpc.close();
    await daemon.rpc.nothing();
    assertEquals(daemon.connection.instance === instance, false);
  });

  Deno.test(`autod() refuses methods that are not there, mode ${mode}`, async () => {
    await using box = new Sandbox();
    const error = await assertRejects(
      () => autod({ ...optionsIn(box), mode, methods: ["nothin"] }),
      AutodError,
      '"nothin" (it has "nothing")',
    );
    assertEquals(error.code, "missing-methods");
  });

  for (
    const [what, code, expected, said] of [
      ["that throws", "throw new RangeError('no')", "start-failed", "no"],
      ["without a factory", "export default 5", "start-failed", "default"],
      [
        "whose factory throws",
        "export default () => { throw new RangeError('no') }",
        "iface-failed",
        "no",
      ],
    ]
  ) {
    Deno.test(`autod() rejects an rpcfile ${what}, mode ${mode}`, async () => {
      await using box = new Sandbox();
      const error = await assertRejects(
        () => autod({ ...optionsIn(box, code), mode }),
        AutodError,
        said,
      );
      assertEquals(error.code, expected);
      const hasLog = mode === "daemon";
      assertEquals(error.logfile, hasLog ? `${box.sockfile}.log` : undefined);
    });
  }
}

Deno.test("autod() rejects inline when its timeout is over, with nothing else to wait for", async () => {
  await using box = new Sandbox();
  const options = {
    ...optionsIn(box, "export default () => new Promise(() => {})"),
    mode: "inline",
    timeout: 1500,
  };
  const program = box.write(
    "program.ts",
    `import { autod } from "${LIBRARY}";
    try {
      await autod(${JSON.stringify(options)});
    } catch (error) {
      console.log(error.code, error.message);
    }`,
  );
  const { stdout, stderr } = await runDeno(["run", "-A", program]);
  assertMatch(
    stdout,
    /^not-responding .* inline: its factory did not answer within 1500 ms/,
  );
  assertEquals(stderr, "");
});

for (const [what, expected] of [["timeout", "timeout"], ["signal", "gone"]]) {
  Deno.test(`autod() rejects by its ${what} while the rpcfile is imported, mode inline`, async () => {
    await using box = new Sandbox();
    const imported = Promise.withResolvers<void>();
    const controller = new AbortController();
    const begin = () => what === "signal" && controller.abort("gone");
    Object.assign(globalThis, { imported: imported.promise, begin });
    const { signal } = controller;
    const options = {
      ...optionsIn(box, `begin(); await imported; ${IFACE}`),
      ...what === "timeout" ? { timeout: 50 } : { signal },
    };
    const start = autod({ ...options, mode: "inline" })
      .catch((error) => error.code ?? error);
    assertEquals(await inTime(start, "the end of the start"), expected);
    imported.resolve();
    Reflect.deleteProperty(globalThis, "imported");
    Reflect.deleteProperty(globalThis, "begin");
  });
}

for (
  const [what, code, methods] of [
    ["a factory that throws", "export default () => { throw 1 }", ["nothing"]],
    ["a method that is not there", "export default () => ({})", ["nothing"]],
  ] as const
) {
  Deno.test(`autod() speaks of no daemon where it runs the rpcfile itself: ${what}`, async () => {
    await using box = new Sandbox();
    const options = {
      ...optionsIn(box, code),
      mode: "inline",
      methods,
    } as const;
    const { message } = await assertRejects(() => autod(options), AutodError);
    const url = toFileUrl(options.rpcfile).href;
    const start = `Cannot use the rpcfile "${url}" inline: `;
    assert(message.startsWith(start), message);
    assert(!message.includes("daemon"), message);
  });
}

Deno.test("autod() disposes of an inline iface and ends its server when its connection ends", async () => {
  await using box = new Sandbox();
  const ends: string[] = [];
  Object.assign(globalThis, { tellEnd: (what: string) => ends.push(what) });
  const options = optionsIn(
    box,
    `export default (server) => {
      server.closed.then(() => tellEnd("server"));
      return {
        async [Symbol.asyncDispose]() {
          await new Promise((resolve) => setTimeout(resolve));
          tellEnd("iface");
        },
      };
    };`,
  );
  const daemon = await autod({ ...options, mode: "inline", methods: [] });
  await daemon[Symbol.asyncDispose]();
  assertEquals(ends, ["iface", "server"]);
  Reflect.deleteProperty(globalThis, "tellEnd");
});

Deno.test("Connection.close() ends the connection to a successor at any step of its search, mode inline", async () => {
  await using box = new Sandbox();
  const options = { ...optionsIn(box), mode: "inline" } as const;
  for (let steps = 0; steps < 50; steps++) {
    // Its disposal waits for the server that has closed, which may take longer.
    await using daemon = await autod(options);
    const { rpc, connection } = daemon;
    await rpc.close();
    await connection.closed;
    const call = rpc.add(1).catch(() => {});
    for (let step = 0; step < steps; step++) await undefined;
    connection.close();
    await call;
    await inTime(connection.closed, `the end after ${steps} steps`);
  }
});

Deno.test("autod() leaves no file and no process behind, mode inline", async () => {
  await using box = new Sandbox();
  await using daemon = await autod({ ...optionsIn(box), mode: "inline" });
  assertEquals(await daemon.rpc.add(1), 1);
  assertEquals([filesIn(box), box.daemons()], [[], []]);
  assertEquals([daemon.process, daemon.connection.spawned], [undefined, false]);
});

/** Runs a command that makes one call with only these permissions. */
async function callWith(
  box: Sandbox,
  { mode, flags, code = IFACE, env = {} }: {
    readonly mode?: string;
    readonly flags: string[];
    readonly code?: string;
    readonly env?: Record<string, string>;
  },
) {
  const { rpcfile, sockfile } = optionsIn(box, code);
  const options = { rpcfile, sockfile, mode, methods: ["add"] };
  const library = JSON.stringify(import.meta.resolve("../mod.ts"));
  const command = box.write(
    "cmd.js",
    `import { autod } from ${library};
    try {
      await using daemon = await autod(${JSON.stringify(options)});
      console.log(daemon.connection.mode, await daemon.rpc.add(7));
    } catch (error) {
      console.log(error.name, error.code, error.message);
    }`,
  );
  const args = flags.map((flag) =>
    flag.replace("FILE", rpcfile).replaceAll("SOCKET", sockfile)
  );
  const { stdout, stderr } = await runDeno(
    ["run", "--no-prompt", ...args, command],
    { env },
  );
  assertEquals(stderr, "");
  return stdout.trim();
}

const CONNECT = [
  "--allow-read=SOCKET,SOCKET.spawn,FILE",
  "--allow-write=SOCKET,SOCKET.spawn",
  "--allow-net=unix:SOCKET",
];

Deno.test("autod() runs the rpcfile itself where it may start no daemon, mode auto", async () => {
  await using box = new Sandbox();
  assertEquals(
    await callWith(box, { mode: "auto", flags: CONNECT }),
    "inline 7",
  );
  assertEquals(
    await callWith(box, { mode: "auto", flags: ["--allow-read=FILE"] }),
    "inline 7",
  );
});

Deno.test("autod() says what an rpcfile was denied inline, and that the command lacks it", async () => {
  await using box = new Sandbox();
  const flags = ["--allow-read=FILE"];
  const said = await callWith(box, {
    mode: "inline",
    flags,
    code: "Deno.env.get('HOME')",
  });
  assertMatch(
    said,
    /^AutodError start-failed Cannot serve "[^"]*" inline: its rpcfile "[^"]*" failed while it was imported: NotCapable: Requires env access/,
  );
  assertStringIncludes(said, "grant it to the command");
  const unread = await callWith(box, { mode: "inline", flags: [] });
  assertMatch(unread, /inline: its rpcfile .* Requires read access to /);
});

Deno.test("autod() starts a daemon where it can, mode auto", async () => {
  await using box = new Sandbox();
  const flags = ["--allow-all"];
  assertEquals(await callWith(box, { mode: "auto", flags }), "daemon 7");
});

Deno.test("autod() says what it lacks where nothing can be had, mode auto", async () => {
  await using box = new Sandbox();
  const flags = CONNECT.map((flag) => flag.replace(",FILE", ""));
  const said = await callWith(box, { mode: "auto", flags });
  assertMatch(said, /^AutodError not-permitted .*--allow-run=/);
});

Deno.test("autod() tells an rpcfile's own failure, mode auto", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box, "throw new RangeError('mine')");
  const error = await assertRejects(
    () => autod({ ...options, mode: "auto" }),
    AutodError,
    "mine",
  );
  assertEquals(error.code, "start-failed");
});

for (
  const [what, code, said] of [
    ["rpcfile", "await Deno.readTextFile('/etc/hostname')", "start-failed"],
    [
      "factory",
      "export default () => Deno.readTextFileSync('/etc/hostname')",
      "iface-failed",
    ],
    [
      "rpcfile that poses as this library",
      "throw Object.assign(new Error('no'), { name: 'AutodError', code: 'not-permitted' })",
      "start-failed",
    ],
  ]
) {
  Deno.test(`autod() never runs a ${what} with more permissions as it was denied one, mode auto`, async () => {
    await using box = new Sandbox();
    const mark = box.path("inline");
    const options = optionsIn(
      box,
      `try { Deno.writeTextFileSync(${JSON.stringify(mark)}, ""); } catch {}
      ${code}`,
    );
    const error = await assertRejects(
      () => autod({ ...options, mode: "auto" }),
      AutodError,
    );
    assertEquals(error.code, said);
    assertEquals(lstatIfThere(mark), undefined);
  });
}

Deno.test("autod() starts no daemon for a factory that ends the connection, mode inline", async () => {
  await using box = new Sandbox();
  const code = "export default (server, stream) => (stream.destroy(), {})";
  const error = await assertRejects(
    () => autod({ ...optionsIn(box, code), mode: "inline" }),
    AutodError,
    "neither closes the server nor destroys the stream",
  );
  assertEquals(error.code, "iface-failed");
  assertEquals(filesIn(box), []);
});

Deno.test("AUTOD_MODE overrides the option, if it may be read", async () => {
  await using box = new Sandbox();
  const flags = ["--allow-read=FILE", "--allow-env=AUTOD_MODE"];
  const env = { AUTOD_MODE: "inline" };
  assertEquals(await callWith(box, { mode: "daemon", flags, env }), "inline 7");
  const other = { AUTOD_MODE: "elsewhere" };
  const said = await callWith(box, { flags, env: other });
  assertStringIncludes(said, "AUTOD_MODE: it should be daemon, inline or auto");
  const unread = await callWith(box, { flags: ["--allow-read=FILE"], env });
  assertMatch(unread, /^AutodError not-permitted/);
});

Deno.test("autod() opens a stream at the successor of a server that has closed just now, mode inline", async () => {
  await using box = new Sandbox();
  const code = `${
    IFACE.replace("({", "(globalThis.closeInline = () => server.close(), {")
  }`;
  await using daemon = await autod({
    ...optionsIn(box, code),
    mode: "inline",
  });
  const { closeInline } = globalThis as unknown as { closeInline(): void };
  closeInline();
  const chunks = await Array.fromAsync(daemon.rpc.ticks());
  assertEquals(chunks.length, 3);
});

Deno.test("autod() ends inline where the timers of a test stand still", async () => {
  await using box = new Sandbox();
  const { setTimeout, clearTimeout } = globalThis;
  using _restored = {
    [Symbol.dispose]: () =>
      Object.assign(globalThis, { setTimeout, clearTimeout }),
  };
  Object.assign(globalThis, { setTimeout: () => 0, clearTimeout() {} });
  const daemon = await autod({
    rpcfile: box.write("iface.js", "export default () => ({ add: (m) => m })"),
    sockfile: box.sockfile,
    methods: ["add"],
    mode: "inline",
  });
  const sum = await daemon.rpc.add(2);
  let isEnded = false;
  const end = daemon[Symbol.asyncDispose]().then(() => isEnded = true);
  for (let turn = 0; turn < 100 && !isEnded; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  Object.assign(globalThis, { setTimeout, clearTimeout });
  assertEquals([sum, isEnded], [2, true]);
  await end;
});

for (const mode of ["daemon", "inline"] as const) {
  Deno.test(`autod() gives an rpcfile what JSON makes of args, mode ${mode}`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write(
      "args.js",
      `export default (_server, _session, args) => ({
        kinds: () => args.map((arg) => arg === null ? "null" : typeof arg),
        change: () => { args[1].push(1); },
      });`,
    );
    const { sockfile, onProcess } = box;
    const list: number[] = [];
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      mode,
      methods: ["kinds", "change"],
      args: [new Date(0), list, undefined, () => {}],
    });
    assertEquals(
      await daemon.rpc.kinds(),
      ["string", "object", "null", "null"],
    );
    await daemon.rpc.change();
    assertEquals(list, []);
  });
}

Deno.test("autod() ends the sessions of its rpcfile as those of a client that has gone, mode inline", async () => {
  await using box = new Sandbox();
  const reason = Promise.withResolvers<unknown>();
  Object.assign(globalThis, { hearReason: reason.resolve });
  const code = `export default (_server, { signal }) => {
    signal.addEventListener("abort", () => hearReason(signal.reason.name));
    return {};
  };`;
  const daemon = await autod({
    ...optionsIn(box, code),
    mode: "inline",
    methods: [],
  });
  await daemon[Symbol.asyncDispose]();
  assertEquals(await inTime(reason.promise, "the end"), "AbortError");
  Reflect.deleteProperty(globalThis, "hearReason");
});

Deno.test("Server.ready resolves for an rpcfile that waits for it, mode inline", async () => {
  await using box = new Sandbox();
  const code = `export default async (server) => {
    await server.ready;
    return { listen: () => server.listen("/nowhere.sock").catch(String) };
  };`;
  await using daemon = await autod({
    ...optionsIn(box, code),
    mode: "inline",
    methods: ["listen"],
  });
  assertEquals(
    await daemon.rpc.listen(),
    "TypeError: Cannot listen: the server listens already",
  );
});

Deno.test("autod() tells of an import that is missing without colours, mode inline", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box, 'import "./nowhere.js"; export default 1;');
  const { message } = await assertRejects(
    () => autod({ ...options, mode: "inline" }),
    AutodError,
    "nowhere.js",
  );
  assert(!message.includes("\x1b"), message);
});
