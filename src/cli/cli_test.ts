import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { autod, AutodError } from "../../mod.ts";
import { openLockfile, writeNote } from "../files/lockfile.ts";
import { CLI, CLI_COMMAND, runCli } from "../testing/cli.ts";
import { Running, runProgram } from "../testing/command.ts";
import { inTime } from "../testing/deadline.ts";
import { FakeDaemon } from "../testing/fake_daemon.ts";
import { Gate } from "../testing/gate.ts";
import { quoted } from "../testing/pasted.ts";
import { block, README, RunningScript, sh } from "../testing/readme.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { giveAway, isRoot } from "../testing/users.ts";

const IFACE = `let n = 0;
export default (server, session, args) => ({
  add: (m) => n += m,
  close: () => server.close(),
  fail() { throw new RangeError("not today"); },
  failWith: (reason) => new ReadableStream({ start: (out) => out.error(reason) }),
  log: (text) => console.log(text),
  endless: async function* () {
    for (;;) yield await new Promise((resolve) => setTimeout(resolve, 1, "x"));
  },
  throwLater: () => void setTimeout(() => { throw new Error("much later"); }),
  ticks: () => ReadableStream.from([1, { a: 2 }, "x"]),
  bytes: () => new Response("hello\\n").body,
  upper: () => new TransformStream({
    transform: (text, out) => out.enqueue(text.toUpperCase()),
  }),
  save: () => new WritableStream({ write() { throw new Error("no room"); } }),
  first: () => new TransformStream({
    transform: (text, out) => (out.enqueue(text), out.terminate()),
  }),
  count: () => {
    let size = 0;
    return new TransformStream({
      transform: (bytes) => void (size += bytes.length),
      flush: (out) => out.enqueue(size),
    });
  },
});`;

function optionsIn(box: Sandbox, code = IFACE) {
  const { sockfile, onProcess } = box;
  const rpcfile = box.write("iface.js", code);
  return { rpcfile, sockfile, onProcess, methods: ["add"] };
}

/** What a command does that no daemon answers, by its name. */
const WITHOUT_DAEMON: Record<string, string[]> = {
  status: [],
  ping: [],
  methods: [],
  call: ["add", "1"],
};

for (const [command, operands] of Object.entries(WITHOUT_DAEMON)) {
  for (
    const [what, prepare] of [
      ["no socket", () => {}],
      ["a dead socket", leaveSocket],
    ] as const
  ) {
    Deno.test(`autod ${command} ends with 3 and starts nothing: ${what}`, async () => {
      await using box = new Sandbox();
      await prepare(box);
      const { code, stdout, stderr } = await runCli([
        command,
        box.sockfile,
        ...operands,
      ]);
      assertEquals(code, 3);
      assertStringIncludes(
        stdout + stderr,
        `No daemon runs at "${box.sockfile}": `,
      );
      assertEquals(box.daemons(), []);
    });
  }
}

for (const command of ["status", "ping", "methods", "stop"]) {
  Deno.test(`autod ${command} refuses a link to a socket, and leaves its daemon alone`, async () => {
    await using box = new Sandbox();
    await using daemon = await autod(optionsIn(box));
    const link = box.path("link.sock");
    Deno.symlinkSync(box.sockfile, link);
    const { code, stdout, stderr } = await runCli([command, link]);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "a symbolic link is in its place");
    assertEquals(await daemon.rpc.add(1), 1);
  });
}

for (const command of ["stop", "restart"]) {
  Deno.test(`autod ${command} is done when no daemon runs`, async () => {
    await using box = new Sandbox();
    const { code, stdout } = await runCli([command, box.sockfile]);
    assertEquals([code, stdout.split("\n")[0].startsWith("not running")], [
      0,
      true,
    ]);
    assertEquals(box.daemons(), []);
  });

  Deno.test(`autod ${command} ends the daemon and waits for its end`, async () => {
    await using box = new Sandbox();
    const options = optionsIn(box);
    await using daemon = await autod(options);
    const { instance } = daemon.connection;
    const { code, stdout } = await runCli([command, "--json", box.sockfile]);
    assertEquals([code, stdout], [0, '{"state":"stopped"}\n']);
    await box.onlyDaemon();
    await using next = await autod(options);
    assertEquals(next.connection.instance === instance, false);
  });
}

Deno.test("autod stop waits for a call in flight, which is answered", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate.sock"));
  const options = {
    ...optionsIn(
      box,
      `export default () => ({ add: async () => { ${gate.code}; return 1; } });`,
    ),
    permissions: gate.permissions,
  };
  await using daemon = await autod(options);
  await using other = await autod(options);
  const order: string[] = [];
  const answer = daemon.rpc.add().then(() => order.push("answered"));
  await gate.arrival();
  await using stop = running("stop", box.sockfile);
  await other.connection.closed;
  const line = stop.line().then((line) => order.push(line));
  gate.open();
  await Promise.all([answer, line]);
  assertEquals(order, ["answered", "stopped"]);
  assertEquals((await stop.ended()).code, 0);
});

Deno.test("autod stop ends a daemon that is still starting, as soon as it serves", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate.sock"));
  const code = `${gate.code}; export default () => ({ add: () => 1 });`;
  const options = optionsIn(box, code);
  const starting = autod({ ...options, permissions: gate.permissions });
  await gate.arrival();
  const watcher = Deno.watchFs(`${box.sockfile}.lock`);
  await using stop = running("stop", "--timeout", "60000", box.sockfile);
  // Each look at the lock is some of them: it has looked for the socket in vain.
  let events = 0;
  for await (const _event of watcher) if (++events === 30) break;
  gate.open();
  assertEquals(await inTime(stop.line(), "the end"), "stopped");
  // It finds that one closing, perhaps, and starts another.
  await using _daemon = await inTime(starting, "the connection");
});

Deno.test("autod stop says that a daemon is still closing", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate.sock"));
  const options = {
    ...optionsIn(
      box,
      `export default () => ({ add: async () => { ${gate.code}; } });`,
    ),
    permissions: gate.permissions,
  };
  await using daemon = await autod(options);
  const answer = daemon.rpc.add();
  await gate.arrival();
  const { code, stderr } = await runCli([
    "stop",
    "--timeout",
    "300",
    box.sockfile,
  ]);
  assertEquals(code, 4);
  assertStringIncludes(stderr, `autod stop --force ${box.sockfile}`);
  gate.open();
  await answer;
});

for (const options of [[], ["--force"]]) {
  Deno.test(`autod ${["stop", ...options].join(" ")} leaves the successor alone that has the lock already`, async () => {
    await using box = new Sandbox();
    using lock = openLockfile(`${box.sockfile}.lock`, box.sockfile).file;
    await lock.lock(true);
    await using successor = new Running("sleep", ["60"]);
    writeNote(lock, { pid: 1, state: "serving" });
    await using _old = new FakeDaemon(box.sockfile, async (conn) => {
      await conn.read(new Uint8Array(1024));
      writeNote(lock, { pid: successor.process.pid, state: "starting" });
      const answer = { jsonrpc: "2.0", id: 1, result: null };
      await conn.write(
        new TextEncoder().encode(`${JSON.stringify(answer)}\n`),
      );
    });
    const { code, stdout } = await runCli([
      "stop",
      ...options,
      "--timeout",
      "300",
      box.sockfile,
    ]);
    assertEquals([code, stdout], [0, "stopped\n"]);
    successor.process.kill("SIGUSR1");
    assertEquals((await successor.ended()).signal, "SIGUSR1");
  });
}

Deno.test({
  name: "autod stop --force kills nobody whom another user's lock names",
  ignore: !isRoot,
  async fn() {
    await using box = new Sandbox();
    await using named = new Running("sleep", ["60"]);
    const path = `${box.sockfile}.lock`;
    using lock = openLockfile(path, box.sockfile).file;
    await lock.lock(true);
    writeNote(lock, { pid: named.process.pid, state: "serving" });
    giveAway(path);
    const { code, stderr } = await runCli(["stop", "--force", box.sockfile]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "belongs to another user");
    named.process.kill("SIGUSR1");
    assertEquals((await named.ended()).signal, "SIGUSR1");
  },
});

for (const signal of ["SIGSTOP", undefined] as const) {
  Deno.test(`autod stop --force ends a daemon: ${signal ?? "it answers"}`, async () => {
    await using box = new Sandbox();
    await using daemon = await autod(optionsIn(box));
    const { pid } = daemon.connection;
    if (signal) Deno.kill(pid, signal);
    const { code, stdout, stderr } = await runCli([
      "stop",
      "--force",
      "--timeout",
      signal ? "300" : "5000",
      box.sockfile,
    ]);
    const state = signal ? "killed" : "stopped";
    assertEquals([code, stdout, stderr], [0, `${state}\n`, ""]);
    await box.onlyDaemon();
  });
}

for (
  const [command, ...operands] of [["status"], ["ping"], ["stop"], ["methods"]]
) {
  Deno.test(`autod ${command} ends with 4 when the daemon does not answer`, async () => {
    await using box = new Sandbox();
    await using daemon = await autod(optionsIn(box));
    const { pid } = daemon.connection;
    Deno.kill(pid, "SIGSTOP");
    const { code, stdout, stderr } = await runCli([
      command,
      "--timeout",
      "200",
      box.sockfile,
      ...operands,
    ]);
    Deno.kill(pid, "SIGCONT");
    assertEquals(code, 4);
    assertStringIncludes(stdout + stderr, `its pid is ${pid}`);
  });
}

Deno.test("autod status tells what the daemon does, to people and to programs", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using daemon = await autod({ ...options, version: "1.2.3" });
  const { pid } = daemon.connection;
  const shown = await runCli(["status", box.sockfile]);
  assertEquals([shown.code, shown.stderr], [0, ""]);
  for (
    const line of [
      /^state +running$/m,
      new RegExp(`^pid +${pid}$`, "m"),
      /^version +1\.2\.3$/m,
      /^sessions +1$/m,
      /^calls +0$/m,
      /^memory +[\d.]+ MiB$/m,
      new RegExp(`^log +${box.sockfile}\\.log$`, "m"),
    ]
  ) assertMatch(shown.stdout, line);
  const { stdout } = await runCli(["status", "--json", box.sockfile]);
  const status = JSON.parse(stdout);
  assertEquals(
    [status.state, status.pid, status.rpcfile, status.sessions],
    ["running", pid, `file://${options.rpcfile}`, 1],
  );
});

Deno.test("autod prints no colours where stdout is no terminal", async () => {
  await using box = new Sandbox();
  await using _daemon = await autod(optionsIn(box));
  const [program, ...args] = CLI_COMMAND;
  const { stdout } = await new Deno.Command(program, {
    args: [...args, "status", box.sockfile],
    env: { NO_COLOR: "" },
  }).output();
  assertEquals(new TextDecoder().decode(stdout).includes("\x1b"), false);
});

Deno.test("autod ping and autod methods ask the daemon", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const { pid } = daemon.connection;
  const ping = JSON.parse(
    (await runCli(["ping", "--json", box.sockfile])).stdout,
  );
  assertEquals([ping.pid, typeof ping.ms], [pid, "number"]);
  assertMatch(
    (await runCli(["ping", box.sockfile])).stdout,
    new RegExp(`^${pid} answered in [\\d.]+ ms\n$`),
  );
  const { stdout } = await runCli(["methods", box.sockfile]);
  assertEquals(
    stdout,
    "add bytes close count endless fail failWith first log save throwLater ticks upper "
      .replaceAll(
        " ",
        "\n",
      ),
  );
});

const CALLS: [what: string, args: string[], input: string, stdout: string][] = [
  ["a result", ["add", "2"], "", "2\n"],
  ["a number below 0", ["add", "-2"], "", "-2\n"],
  ["no result", ["log", '"a text"'], "", "null\n"],
  ["chunks", ["ticks:s"], "", '1\n{"a":2}\n"x"\n'],
  ["bytes", ["bytes:s"], "", "hello\n"],
  ["values from stdin", ["upper:s"], '"a"\n"b"\n', '"A"\n"B"\n'],
  ["what a filter gives that wants no more", ["first:s"], "1\n2\n", "1\n"],
];

for (const [what, args, input, expected] of CALLS) {
  Deno.test(`autod call prints ${what}`, async () => {
    await using box = new Sandbox();
    await using _daemon = await autod(optionsIn(box));
    const { code, stdout, stderr } = await runCli(
      ["call", box.sockfile, ...args],
      input,
    );
    assertEquals([code, stdout, stderr], [0, expected, ""]);
  });
}

for (
  const [command, options, operands] of [
    ["call", "", "endless:s"],
    ["call", "--json", "endless:s"],
    ["logs", "", ""],
    ["logs", "--follow", ""],
  ]
) {
  Deno.test(`autod ${command} ${options} ends when nobody reads it any more`, async () => {
    await using box = new Sandbox();
    await using daemon = await autod({ ...optionsIn(box), methods: ["log"] });
    await daemon.rpc.log("x".repeat(200_000)); // more than a pipe holds
    const cli = [...CLI_COMMAND, command].map(quoted).join(" ");
    const script =
      `{ ${cli} ${options} "${box.sockfile}" ${operands}; echo $? >&2; } | head -c 1`;
    const { stderr } = await inTime(sh(box, script), "the end of the command");
    assertEquals(stderr, "0\n");
  });
}

Deno.test("autod call --json has failed although nobody reads of the error", async () => {
  await using box = new Sandbox();
  await using _daemon = await autod(optionsIn(box));
  const cli = [...CLI_COMMAND, "call"].map(quoted).join(" ");
  const script =
    `{ ${cli} --json "${box.sockfile}" fail; echo $? >&2; } | true`;
  const { stderr } = await inTime(sh(box, script), "the end of the command");
  assertEquals(stderr, "1\n");
});

Deno.test("autod call tells values from bytes with --json, and sends bytes with --bytes", async () => {
  await using box = new Sandbox();
  await using _daemon = await autod(optionsIn(box));
  const { sockfile } = box;
  const bytes = await runCli(["call", "--json", sockfile, "bytes:s"]);
  assertEquals(bytes.stdout, '{"bytes":6,"base64":"aGVsbG8K"}\n');
  const values = await runCli(["call", "--json", sockfile, "ticks:s"]);
  assertEquals(values.stdout.split("\n")[1], '{"value":{"a":2}}');
  const count = await runCli(["call", "--bytes", sockfile, "count:s"], "12345");
  assertEquals(count.stdout, "5\n");
});

Deno.test("autod call shows the error of a method, and ends with 1", async () => {
  await using box = new Sandbox();
  await using _daemon = await autod(optionsIn(box));
  const shown = await runCli(["call", box.sockfile, "fail"]);
  assertEquals(
    [shown.code, shown.stdout, shown.stderr],
    [1, "", "RangeError: not today (-32000)\n"],
  );
  const none = await runCli(["call", box.sockfile, "none"]);
  assertEquals(
    [none.code, none.stderr],
    [
      1,
      `autod: The daemon has no method "none" (-32601); see: autod methods ${box.sockfile}\n`,
    ],
  );
  for (const [called, here] of [["ticks", "ticks:s"], ["add:s", "add"]]) {
    const { stderr } = await runCli(["call", box.sockfile, called, "1"]);
    assertStringIncludes(
      stderr,
      `; here: autod call ${box.sockfile} ${here} 1\n`,
    );
  }
  const json = await runCli(["call", "--json", box.sockfile, "none"]);
  assertEquals([json.code, JSON.parse(json.stdout).error.code], [1, -32601]);
});

Deno.test("autod call shows what a stream ended by that is no error", async () => {
  await using box = new Sandbox();
  await using _daemon = await autod(optionsIn(box));
  for (const reason of ["not today", null]) {
    const args = [box.sockfile, "failWith:s", JSON.stringify(reason)];
    const { code, stdout, stderr } = await runCli(["call", ...args]);
    assertEquals(
      [code, stdout, stderr],
      [1, "", `Error: ${reason} (-32000)\n`],
    );
    const json = await runCli(["call", "--json", ...args]);
    assertEquals(json.code, 1);
    assertEquals(JSON.parse(json.stdout).error.data, { value: reason });
  }
});

for (
  const [what, method, input, code, said] of [
    [
      "that the daemon does not take, of a stream that only takes",
      "save:s",
      "1\n",
      1,
      "Error: no room (-32000)",
    ],
    [
      "that is no JSON, of a stream that only takes",
      "save:s",
      "one\n",
      2,
      "autod: Cannot do that: one is no JSON",
    ],
    [
      "that is no JSON, of a filter",
      "upper:s",
      "one\n",
      2,
      "autod: Cannot do that: one is no JSON",
    ],
  ] as const
) {
  Deno.test(`autod call fails on input ${what}`, async () => {
    await using box = new Sandbox();
    await using _daemon = await autod(optionsIn(box));
    const shown = await runCli(["call", box.sockfile, method], input);
    assertEquals(shown.code, code);
    assertStringIncludes(shown.stderr, said);
  });
}

Deno.test("autod logs shows the last lines, and follows what comes", async () => {
  await using box = new Sandbox();
  await using daemon = await autod({ ...optionsIn(box), methods: ["log"] });
  for (const text of ["one", "two", "three"]) await daemon.rpc.log(text);
  const { code, stdout } = await runCli(["logs", "--lines", "2", box.sockfile]);
  assertEquals(code, 0);
  assertMatch(stdout, /^\S+ \d+ two\n\S+ \d+ three\n$/);
  await using follow = running(
    "logs",
    "--follow",
    "--lines",
    "1",
    box.sockfile,
  );
  assertMatch(await follow.line(), / three$/);
  await daemon.rpc.log("four ü");
  assertMatch(await follow.line(), / four ü$/);
});

Deno.test("autod logs follows where the system has no watcher left", async () => {
  await using box = new Sandbox();
  const path = box.write("d.log", "one\n");
  const preloaded = box.write(
    "preload.js",
    'Deno.watchFs = () => { throw new Error("Too many open files"); };',
  );
  const [program, run, ...rest] = CLI_COMMAND;
  const args = ["logs", "--follow", "--logfile", path, box.sockfile];
  const preload = `--preload=${preloaded}`;
  await using follow = new Running(program, [run, preload, ...rest, ...args]);
  assertEquals(await follow.line(), "one");
  Deno.writeTextFileSync(path, "two\n", { append: true });
  assertEquals(await follow.line(), "two");
});

Deno.test("autod logs shows a log that begins with an empty line", async () => {
  await using box = new Sandbox();
  const log = "\none\n";
  const logfile = box.write("log", log);
  for (const lines of ["2", "3", "50"]) {
    const args = ["--logfile", logfile, "--lines", lines, box.sockfile];
    assertEquals((await runCli(["logs", ...args])).stdout, log);
  }
});

Deno.test("autod logs shows so many lines as it is told, whole, however long they are", async () => {
  await using box = new Sandbox();
  const lines = Array.from(
    { length: 60 },
    (_, i) => `${i} ${"x".repeat(9000)}\n`,
  );
  const logfile = box.write("log", lines.join(""));
  for (const [options, count] of [[[], 50], [["--lines", "99"], 60]] as const) {
    const args = ["--logfile", logfile, ...options, box.sockfile];
    const { stdout } = await runCli(["logs", ...args]);
    assertEquals(stdout === lines.slice(-count).join(""), true);
  }
});

Deno.test("autod logs shows the log of a daemon that has ended, and one in another place", async () => {
  await using box = new Sandbox();
  const logfile = box.path("elsewhere.log");
  await using daemon = await autod({ ...optionsIn(box), logfile });
  const alive = await runCli(["logs", box.sockfile]);
  assertStringIncludes(alive.stdout, "Serving");
  daemon.connection.close();
  await runCli(["stop", box.sockfile]);
  const ended = await runCli(["logs", "--logfile", logfile, box.sockfile]);
  assertStringIncludes(ended.stdout, "Serving");
  const none = await runCli(["logs", box.sockfile]);
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, `${box.sockfile}.log`);
});

Deno.test("autod doctor finds nothing wrong with a daemon, or with none", async () => {
  await using box = new Sandbox();
  const none = await runCli(["doctor", box.sockfile]);
  assertEquals([none.code, none.stderr], [0, ""]);
  assertStringIncludes(none.stdout, "none runs");
  await using daemon = await autod(optionsIn(box));
  const { code, stdout } = await runCli(["doctor", "--json", box.sockfile]);
  const { ok, findings } = JSON.parse(stdout);
  assertEquals([code, ok], [0, true]);
  assertEquals(
    findings.map(({ state }: { state: string }) => state),
    findings.map(() => "ok"),
  );
  assertStringIncludes(
    stdout,
    `held by the daemon, pid ${daemon.connection.pid}`,
  );
});

Deno.test("autod doctor finds nothing wrong with a log that goes to /dev/null", async () => {
  await using box = new Sandbox();
  await using _daemon = await autod({
    ...optionsIn(box),
    logfile: "/dev/null",
  });
  const { code, stdout } = await runCli(["doctor", box.sockfile]);
  assertEquals(code, 0);
  assertMatch(stdout, /^ok +log "\/dev\/null": it is a device$/m);
});

/** What is wrong, and what the doctor says of it. */
const AILMENTS: [what: string, make: (box: Sandbox) => void, RegExp][] = [
  [
    "a directory that others can write to",
    (box) => Deno.chmodSync(box.dir, 0o777),
    /^wrong .*others can write to it, mode 777\n +choose another, or .*chmod go-w/m,
  ],
  [
    "a file in the socket's place",
    (box) => box.write("d.sock", ""),
    /^wrong .*a file is in its place\n +remove it/m,
  ],
  [
    "a link in the socket's place",
    (box) => Deno.symlinkSync("/nowhere", box.sockfile),
    /^wrong .*a symbolic link is in its place/m,
  ],
  [
    "a lock that is a directory, and the rest",
    (box) => Deno.mkdirSync(`${box.sockfile}.lock`),
    /^wrong +lock ".*d.sock.lock": a directory is in its place[^]*\nok +log /m,
  ],
  [
    "a log that is a directory",
    (box) => Deno.mkdirSync(`${box.sockfile}.log`),
    /^wrong +log ".*d.sock.log": a directory is in its place/m,
  ],
  [
    "a lock that is a pipe",
    (box) => makePipe(`${box.sockfile}.lock`),
    /^wrong +lock ".*d.sock.lock": a device or pipe is in its place/m,
  ],
  [
    "a log that is a pipe",
    (box) => makePipe(`${box.sockfile}.log`),
    /^wrong +log ".*d.sock.log": a device or pipe is in its place/m,
  ],
];

function makePipe(path: string): void {
  new Deno.Command("mkfifo", { args: [path] }).outputSync();
}

for (const [what, make, said] of AILMENTS) {
  Deno.test(`autod doctor says what to do about ${what}`, async () => {
    await using box = new Sandbox();
    make(box);
    const done = runCli(["doctor", box.sockfile]);
    const { code, stdout } = await inTime(done, "the end of the command");
    assertMatch(stdout, said);
    assertEquals(code, 1);
  });
}

Deno.test("autod doctor looks at what a link to the socket's directory leads to", async () => {
  await using box = new Sandbox();
  const place = box.path("place");
  Deno.symlinkSync(box.dir, place);
  const well = await runCli(["doctor", `${place}/d.sock`]);
  assertMatch(well.stdout, /^ok +directory ".*place"/m);
  assertEquals(well.code, 0);
  Deno.removeSync(place);
  Deno.writeTextFileSync(place, "");
  const wrong = await runCli(["doctor", `${place}/d.sock`]);
  assertMatch(wrong.stdout, /^wrong +directory ".*place": it is a file$/m);
  assertEquals(wrong.code, 1);
});

Deno.test({
  name: "autod doctor tells of a directory of another user",
  ignore: !isRoot,
  async fn() {
    await using box = new Sandbox();
    giveAway(box.dir);
    const { code, stdout } = await runCli(["doctor", box.sockfile]);
    assertMatch(stdout, /^wrong +directory ".*": it belongs to the user/m);
    assertEquals(code, 1);
  },
});

const FOREIGN: [what: string, says: string][] = [
  ["no JSON", "HTTP/1.1 400 Bad Request"],
  ["another result", '{"jsonrpc":"2.0","id":1,"result":5}'],
  [
    "an error",
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"?"}}',
  ],
];

for (const [what, says] of FOREIGN) {
  Deno.test(`autod says what answers that is no daemon: ${what}`, async () => {
    await using box = new Sandbox();
    await using _other = new FakeDaemon(box.sockfile, async (conn) => {
      await conn.read(new Uint8Array(1000));
      await conn.write(new TextEncoder().encode(`${says}\n`));
    });
    for (const command of ["status", "ping", "methods", "stop", "doctor"]) {
      const { code, stdout, stderr } = await runCli([command, box.sockfile]);
      assertEquals(code, 1);
      assertMatch(
        stdout + stderr,
        /Cannot ask .*\/d\.sock": it (?:does not speak|answers with an error)/,
      );
    }
  });
}

Deno.test("autod stop --force says what is left to do if the holder of the lock is not the one that it names", async () => {
  await using box = new Sandbox();
  const path = `${box.sockfile}.lock`;
  using lock = openLockfile(path, box.sockfile).file;
  await lock.lock(true);
  const stop = () =>
    runCli(["stop", "--force", "--timeout", "100", box.sockfile]);
  for (const pid of [2 ** 30, -1, "x"]) {
    writeNote(lock, { pid: pid as number });
    const { code, stderr } = await stop();
    assertEquals(code === 0, false);
    assertStringIncludes(stderr, `find it with: fuser ${path}`);
  }
});

for (
  const [what, make] of [
    ["a directory", (path: string) => Deno.mkdirSync(path)],
    ["a device or pipe", makePipe],
  ] as const
) {
  Deno.test(`autod logs names a log that is ${what}`, async () => {
    await using box = new Sandbox();
    const logfile = box.path("log");
    make(logfile);
    const args = ["logs", "--logfile", logfile, box.sockfile];
    const { code, stderr } = await runCli(args);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `"${logfile}": it is ${what}`);
  });
}

Deno.test("autod doctor tells of a daemon that does not answer, and of its last error", async () => {
  await using box = new Sandbox();
  await using daemon = await autod(optionsIn(box));
  const { pid } = daemon.connection;
  await runCli(["call", box.sockfile, "throwLater"]);
  await daemon.connection.closed;
  await box.released();
  const after = await runCli(["doctor", box.sockfile]);
  assertMatch(after.stdout, /^warning log .*Uncaught Error: much later/m);
  await using next = await autod(optionsIn(box));
  Deno.kill(next.connection.pid, "SIGSTOP");
  const { code, stdout } = await runCli([
    "doctor",
    "--timeout",
    "200",
    box.sockfile,
  ]);
  Deno.kill(next.connection.pid, "SIGCONT");
  assertEquals([code, pid === next.connection.pid], [1, false]);
  assertMatch(stdout, /^wrong +daemon: .*did not answer within 200 ms/m);
});

Deno.test("autod doctor tells of a daemon that is starting, and of one that is closing", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  using imported = new Gate(box.path("imported"));
  using called = new Gate(box.path("called"));
  const code = `${imported.code};
  export default () => ({ add: async () => { ${called.code} } });`;
  const command = autod({ ...optionsIn(box, code), permissions: "all" });
  const pid = await imported.arrival();
  const starting = await runCli(["doctor", sockfile]);
  imported.open();
  await using daemon = await command;
  const call = daemon.rpc.add();
  await called.arrival();
  await box.request("$/shutdown");
  const closing = await runCli(["doctor", sockfile]);
  called.open();
  await call;
  const told = `serves nobody meanwhile
        look again; if it goes on so, end it with: autod stop --force ${sockfile}`;
  assertEquals([starting.code, closing.code], [0, 0]);
  assertStringIncludes(
    starting.stdout,
    `warning daemon: ${pid} is starting, and ${told}`,
  );
  assertStringIncludes(
    closing.stdout,
    `warning daemon: ${pid} is closing, and ${told}`,
  );
});

const WRONG: [args: string[], said: string][] = [
  [["frob"], "there is no command frob"],
  [["status"], "status needs a socket"],
  [["status", "--frob", "/s"], "there is no option --frob"],
  [
    ["status", "--timeout", "soon", "/s"],
    "--timeout takes a number from 1 to 2147483647",
  ],
  [
    ["stop", "--timeout", "0", "/s"],
    '--timeout takes a number from 1 to 2147483647, and not "0"',
  ],
  [
    ["call", "--timeout", "2147483648", "/s", "add"],
    "--timeout takes a number from 1 to 2147483647",
  ],
  [
    ["logs", "--lines", "0.5", "/s"],
    "--lines takes a number from 0 to 9007199254740991",
  ],
  [["stop", "/s", "--lines", "3"], "stop takes no --lines, which is for logs"],
  [["status", "-f", "/s"], "status takes no --follow"],
  [["logs", "--json", "/s"], "logs takes no --json"],
  [["help", "--json"], "help takes no --json"],
  [["completions", "bash", "--timeout", "1"], "completions takes no --timeout"],
  [
    ["ping", "--force", "/s"],
    "ping takes no --force, which is for stop, restart",
  ],
  [["stop", "/s", "/t"], 'stop takes one socket, and not "/t" as well'],
  [["call", "/s"], "call needs a method"],
  [["call", "/s", "add", "x"], `a string is '"x"'`],
  [["completions", "csh"], "bash, zsh, fish"],
  [["status", `/${"x".repeat(200)}`], "bytes"],
];

for (const [args, said] of WRONG) {
  Deno.test(`autod ends with 2: ${args.join(" ").slice(0, 40)}`, async () => {
    const { code, stdout, stderr } = await runCli(args);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, said);
  });
}

for (const args of [[], ["help"], ["--help"], ["status", "--help"]]) {
  Deno.test(`autod prints its usage: ${args.join(" ")}`, async () => {
    const { code, stdout, stderr } = await runCli(args);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(
      stdout,
      /Usage: autod COMMAND[^]*Exit codes: 0 [^]*3 no daemon/,
    );
    // What it says of other commands is tested with them.
    assertStringIncludes(stdout, "for call, for the connection");
    assertStringIncludes(stdout, "stop and restart end with 0 as well");
  });
}

Deno.test("autod() with spawn: false starts nothing, and uses a daemon of another version", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  const looking = { ...options, version: "2", spawn: false };
  const error = await assertRejects(() => autod(looking), AutodError);
  assertEquals(error.code, "not-running");
  assertMatch(error.message, /"spawn" is false; start it$/); // there is no log
  assertStringIncludes(error.message, box.sockfile);
  assertEquals(box.daemons(), []);
  await using daemon = await autod({ ...options, version: "1" });
  await using same = await autod(looking);
  assertEquals(same.connection.instance, daemon.connection.instance);
  const strict = { ...looking, onMismatch: "error" } as const;
  const mismatch = await assertRejects(() => autod(strict), AutodError);
  assertEquals(mismatch.code, "version-mismatch");
});

function running(...args: string[]): Running {
  return new Running(CLI_COMMAND[0], [...CLI_COMMAND.slice(1), ...args]);
}

// Closing the listener would remove the socket under the name that it was bound to.
function leaveSocket(box: Sandbox): void {
  const path = box.path("bound");
  using _listener = Deno.listen({ transport: "unix", path });
  Deno.renameSync(path, box.sockfile);
}

async function complete(...words: string[]): Promise<string[]> {
  const script = `source "$0"
    COMP_WORDS=(autod "$@") COMP_CWORD=$#
    compopt() { :; }
    _autod
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  await using box = new Sandbox();
  const { stdout } = await runCli(["completions", "bash"]);
  const file = box.write("completions", stdout);
  const output = await runProgram("bash", ["-c", script, file, ...words]);
  assertEquals([output.code, output.stderr], [0, ""]);
  return output.stdout.trim().split("\n");
}

Deno.test("autod completions bash completes commands, options and shells", async () => {
  assertEquals(await complete("sta"), ["status"]);
  assertEquals(await complete("status", "--ti"), ["--timeout"]);
  assertEquals(await complete("completions", ""), ["bash", "zsh", "fish"]);
});

for (
  const [shell, flags] of [["zsh", ["-n"]], ["fish", ["--no-execute"]]] as const
) {
  const isThere = hasProgram(shell);
  Deno.test({
    name: `autod completions ${shell} is a script that ${shell} can read`,
    ignore: !isThere,
    fn: async () => {
      await using box = new Sandbox();
      const { stdout } = await runCli(["completions", shell]);
      const file = box.write("completions", stdout);
      const { code, stderr } = await runProgram(shell, [...flags, file]);
      assertEquals([code, stderr], [0, ""]);
    },
  });
}

Deno.test({
  name: "autod completions zsh completes from the first time on",
  ignore: !hasProgram("zsh"),
  fn: async () => {
    await using box = new Sandbox();
    const { stdout } = await runCli(["completions", "zsh"]);
    box.write("functions/_autod", stdout);
    const script = `fpath=("$1") && autoload -Uz _autod
      compdef() { :; }; compadd() { print -- "$@"; }
      words=(autod completions '') CURRENT=3 PREFIX=
      _autod && _autod`;
    const output = await runProgram("zsh", [
      ...["-f", "-c", script, "zsh"],
      box.path("functions"),
    ]);
    assertEquals([output.code, output.stderr], [0, ""]);
    assertEquals(output.stdout, "bash zsh fish\n".repeat(2));
  },
});

function hasProgram(name: string): boolean {
  return Deno.env.get("PATH")!.split(":")
    .some((directory) => {
      try {
        return Deno.statSync(`${directory}/${name}`).isFile;
      } catch {
        return false;
      }
    });
}

Deno.test("README's commands of the operators' command work, installed as it says", async () => {
  await using box = new Sandbox();
  await using _daemon = await autod(optionsIn(box));
  const [install, ...commands] = block("<!-- autod -->", "sh").trim()
    .split("\n");
  assertEquals(commands.length, 5);
  const root = box.path("root");
  // From this checkout, whose import map the published package needs no more.
  const { code, stderr } = await sh(
    box,
    `DENO_INSTALL_ROOT='${root}' ${
      install.replace(/jsr:\S+$/, `--config deno.json '${CLI}'`)
    }`,
  );
  assertEquals(code, 0, stderr);
  for (const command of commands) {
    const script = `PATH='${root}/bin':"$PATH" S='${box.sockfile}'\n${command}`;
    if (command.includes("--follow")) {
      await using following = new RunningScript(box, script);
      assertMatch((await following.lines(1))[0], / Serving /);
      following.kill("SIGINT");
      await following.ended();
      continue;
    }
    const { code, stderr } = await sh(box, script);
    assertEquals([command, code, stderr], [command, 0, ""]);
  }
});

Deno.test("README's task of the operators' command is there", async () => {
  await using box = new Sandbox();
  const [task] = /deno task cli/.exec(README)!;
  const { code, stdout } = await sh(box, `${task} help`);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Usage: autod");
});
