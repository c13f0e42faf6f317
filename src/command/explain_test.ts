import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { dirname, join, toFileUrl } from "@std/path";
import {
  autod,
  AutodError,
  type AutodErrorCode,
  type AutodOptions,
  ConnectionClosedError,
  RpcError,
} from "../../mod.ts";
import { ODD_NAMES } from "../testing/odd_names.ts";
import { sh } from "../testing/readme.ts";
import {
  answerOf,
  failureOf,
  type Job,
  jobArgs,
  runProgram,
} from "../testing/command.ts";
import { counterIn } from "../testing/counter.ts";
import { inTime } from "../testing/deadline.ts";
import { FakeDaemon } from "../testing/fake_daemon.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { Script } from "../testing/script.ts";

/** The error of an `autod()` that is to fail and to leave nothing behind. */
async function failure(
  box: Sandbox,
  options: Partial<AutodOptions>,
): Promise<AutodError> {
  const complete = {
    rpcfile: box.path("iface.ts"),
    sockfile: box.sockfile,
    methods: [],
    onProcess: box.onProcess,
    ...options,
  };
  const error = await inTime(
    assertRejects(() => autod(complete), AutodError),
    "the error",
  );
  await box.onlyDaemon();
  const { sockfile } = complete;
  assertEquals(error.sockfile, sockfile);
  // Where the directory or the socket's place is the trouble, there is no log.
  if (!["no-directory", "not-a-socket"].includes(error.code)) {
    assertEquals(error.logfile, options.logfile ?? `${sockfile}.log`);
  }
  assertStringIncludes(error.message, `"${sockfile}"`);
  return error;
}

/** The daemon's own error. */
function causeOf({ cause }: Error): Error {
  assertInstanceOf(cause, Error);
  return cause;
}

// An rpcfile that cannot be imported, what its error is called, and what it says.
const IMPORTS: [string, string, string, RegExp][] = [
  [
    "throws",
    'throw new RangeError("broken at import");',
    "RangeError",
    /^broken at import$/,
  ],
  [
    "throws an error of its own class",
    'class Own extends Error { name = "Own" } throw new Own("mine");',
    "Own",
    /^mine$/,
  ],
  ["throws what is no error", 'throw "just a text";', "Error", /just a text/],
  [
    "rejects",
    'await Promise.reject(new TypeError("late"));',
    "TypeError",
    /^late$/,
  ],
  [
    "has a syntax error",
    "export default (",
    "TypeError",
    /SyntaxError: Expression expected[^]*iface\.ts/,
  ],
  [
    "imports a file that does not exist",
    'import "./missing.ts"; export default () => ({});',
    "TypeError",
    /Module not found.*missing\.ts/,
  ],
  [
    "imports a package that is not known",
    'import "no-such-package"; export default () => ({});',
    "TypeError",
    /no-such-package/,
  ],
  [
    "imports a name that is not exported",
    'import { no } from "./other.ts"; export default () => ({ no });',
    "SyntaxError",
    /export named 'no'/,
  ],
];

for (const [what, text, name, message] of IMPORTS) {
  Deno.test(`autod() reports an rpcfile that ${what}`, async () => {
    await using box = new Sandbox();
    box.write("other.ts", "export const yes = 1;");
    const rpcfile = box.write("iface.ts", text);

    const error = await failure(box, {});

    assertEquals(error.code, "start-failed");
    assertStringIncludes(error.message, `"${toFileUrl(rpcfile)}"`);
    assertStringIncludes(error.message, "failed while it was imported");
    const cause = causeOf(error);
    assertEquals(cause.name, name);
    assertMatch(cause.message, message);
    assertStringIncludes(error.message, `${cause}`);
    assertStringIncludes(
      Deno.readTextFileSync(`${box.sockfile}.log`),
      cause.message.split("\n")[0],
    );
  });
}

Deno.test("autod() tells where a daemon looks for the packages that its rpcfile imports", async () => {
  await using box = new Sandbox();
  box.write("iface.ts", 'import "no-such-package";');
  const { message } = await failure(box, {});
  assertStringIncludes(
    message,
    'a daemon has the deno.json of its directory (the option "cwd"), and no --config or --import-map of its command',
  );
});

Deno.test("autod() says how to grant what an import of a computed path needs", async () => {
  await using box = new Sandbox();
  const other = box.write("other.js", "");
  box.write("iface.ts", 'await import(["./other", "js"].join("."));');
  const { message } = await failure(box, {});
  assertStringIncludes(message, `Requires read access to "${other}"`);
  assertStringIncludes(message, 'grant it with the option "permissions"');
});

Deno.test("autod() keeps what an rpcfile printed before it threw", async () => {
  await using box = new Sandbox();
  box.write(
    "iface.ts",
    'console.log("on my way"); console.error("so far"); throw new Error("no");',
  );
  const error = await failure(box, {});
  assertEquals(error.stderr, "on my way\nso far\n");
});

Deno.test({
  name: "autod() puts no colours into its messages and the log",
  // Deno colours the positions in the messages of failed imports, terminal or not.
  async fn() {
    await using box = new Sandbox();
    box.write("iface.ts", 'import "./missing.ts";');
    const error = await failure(box, {});
    assertFalse(error.message.includes("\x1b"), error.message);
    const log = Deno.readTextFileSync(`${box.sockfile}.log`);
    assertFalse(log.includes("\x1b"), log);
  },
});

Deno.test("autod() keeps the stack and the causes of what an rpcfile threw", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    `function deep() {
      const cause = Object.assign(new TypeError("the root"), { code: "EROOT" });
      throw new Error("the tip", { cause });
    }
    deep();`,
  );
  const cause = causeOf(await failure(box, {}));
  assertStringIncludes(cause.stack ?? "", `at deep (${toFileUrl(rpcfile)}:`);
  const root = causeOf(cause);
  assertEquals([root.name, root.message], ["TypeError", "the root"]);
  assertEquals("code" in root && root.code, "EROOT");
});

Deno.test("autod() reports an rpcfile that does not exist", async () => {
  await using box = new Sandbox();
  const error = await failure(box, { rpcfile: box.path("gone.ts") });
  assertEquals(error.code, "start-failed");
  assertStringIncludes(error.message, `"${toFileUrl(box.path("gone.ts"))}"`);
  assertStringIncludes(causeOf(error).message, "Module not found");
});

Deno.test("autod() reports an rpcfile whose directory does not exist", async () => {
  await using box = new Sandbox();
  const error = await failure(box, { rpcfile: box.path("no/iface.ts") });
  assertEquals(error.code, "no-directory");
  assertStringIncludes(error.message, `"${box.path("no")}/" does not exist`);
  assertStringIncludes(error.message, "correct the directory of the rpcfile");
  assertInstanceOf(error.cause, Deno.errors.NotFound);
});

for (
  const [what, text, said] of [
    ["no default export", "export const add = () => 1;", "is missing"],
    [
      "an object as its default export",
      "export default {};",
      "is of the type object",
    ],
    [
      "a number as its default export",
      "export default 7;",
      "is of the type number",
    ],
  ]
) {
  Deno.test(`autod() reports an rpcfile that has ${what}`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", text);
    const error = await failure(box, {});
    assertEquals(error.code, "start-failed");
    assertStringIncludes(error.message, `"${toFileUrl(rpcfile)}"`);
    assertStringIncludes(error.message, "needs: export default (server");
    assertEquals(causeOf(error).name, "TypeError");
    assertStringIncludes(causeOf(error).message, said);
  });
}

for (
  const [what, body, name, said] of [
    ["throws", '{ throw new RangeError("no") }', "RangeError", "no"],
    ["rejects", 'Promise.reject(new Error("later"))', "Error", "later"],
    ["throws what is no error", '{ throw "text" }', "Error", "text"],
    ["returns nothing", "{}", "TypeError", "it is undefined"],
    ["returns null", "null", "TypeError", "it is null"],
    ["returns a number", "7", "TypeError", "it is number"],
  ]
) {
  Deno.test(`autod() reports a factory that ${what}`, async () => {
    await using box = new Sandbox();
    const text =
      `export default function factory() { return (() => ${body})() }`;
    const rpcfile = box.write("iface.ts", text);
    const error = await failure(box, {});
    assertEquals(error.code, "iface-failed");
    assertStringIncludes(error.message, "the factory of its rpcfile failed");
    const cause = causeOf(error);
    assertEquals(cause.name, name);
    assertStringIncludes(cause.message, said);
    assertStringIncludes(error.message, `${cause}`);
    if (what === "throws") {
      assertStringIncludes(cause.stack ?? "", toFileUrl(rpcfile).href);
    }
  });
}

Deno.test("autod() works as soon as a failing factory is mended", async () => {
  await using box = new Sandbox();
  box.write("iface.ts", 'export default () => { throw new Error("no") };');
  const { sockfile, onProcess } = box;
  const rpcfile = box.path("iface.ts");
  const options = { rpcfile, sockfile, onProcess, methods: ["ok"] } as const;
  // At once, and not when the first daemon has ended.
  await assertRejects(() => autod(options), AutodError, "failed: Error: no");
  box.write("iface.ts", "export default () => ({ ok: () => true });");
  await using daemon = await autod(options);
  assertEquals(await daemon.rpc.ok(), true);
});

Deno.test("autod() leaves the daemon to others where the factory fails for one of them", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    `let n = 0;
    export default () => {
      if (++n === 2) throw new Error("not for you");
      return { pid: () => Deno.pid };
    };`,
  );
  const { sockfile, onProcess } = box;
  const options = { rpcfile, sockfile, onProcess, methods: ["pid"] } as const;
  await using first = await autod(options);
  const { pid } = first.connection;
  await assertRejects(() => autod(options), AutodError, "not for you");
  assertEquals(await first.rpc.pid(), pid);
  await using third = await autod(options);
  assertEquals(third.connection.pid, pid);
});

Deno.test("autod() works as soon as a failing import is mended", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const rpcfile = box.write("iface.ts", "export default (");
  const options = { rpcfile, sockfile, onProcess, methods: ["ok"] } as const;
  await assertRejects(
    () => autod(options),
    AutodError,
    "while it was imported",
  );
  box.write("iface.ts", "export default () => ({ ok: () => true });");
  await using daemon = await autod(options);
  assertEquals(await daemon.rpc.ok(), true);
});

Deno.test("autod() names the option when the daemon lacks a permission", async () => {
  await using box = new Sandbox();
  box.write("secret.txt", "secret");
  box.write(
    "iface.ts",
    `const text = Deno.readTextFileSync(${
      JSON.stringify(box.path("secret.txt"))
    });
    export default () => ({ text: () => text });`,
  );
  const error = await failure(box, {});
  assertEquals(error.code, "start-failed");
  assertEquals(causeOf(error).name, "NotCapable");
  assertStringIncludes(error.message, box.path("secret.txt"));
  assertStringIncludes(error.message, 'grant it with the option "permissions"');

  await using daemon = await autod({
    rpcfile: box.path("iface.ts"),
    sockfile: box.sockfile,
    methods: ["text"],
    permissions: { read: [box.path("secret.txt")] },
    onProcess: box.onProcess,
  });
  assertEquals(await daemon.rpc.text(), "secret");
});

Deno.test("autod() names the option when a factory lacks a permission", async () => {
  await using box = new Sandbox();
  box.write(
    "iface.ts",
    'export default () => ({ home: Deno.env.get("HOME") });',
  );
  const error = await failure(box, {});
  assertEquals(error.code, "iface-failed");
  assertEquals(causeOf(error).name, "NotCapable");
  assertStringIncludes(error.message, 'grant it with the option "permissions"');
});

/** The flags that a command needs, in the words of facts.md and not of the code. */
function leastFlags(sockfile: string): Record<string, string> {
  return {
    read: `--allow-read=${sockfile},${sockfile}.spawn`,
    write: `--allow-write=${sockfile},${sockfile}.spawn`,
    net: `--allow-net=unix:${sockfile}`,
    run: `--allow-run=${Deno.execPath()}`,
  };
}

for (const kind of ["read", "write", "net", "run"]) {
  Deno.test(`autod() names the flags when the command lacks the ${kind} permission`, async () => {
    await using box = new Sandbox();
    const { [kind]: _left, ...flags } = leastFlags(box.sockfile);
    const job: Job = { options: counterIn(box), calls: [["add", 2]] };

    const error = await failureOf(job, { flags: Object.values(flags) });

    assertEquals([error.name, error.code], ["AutodError", "not-permitted"]);
    assertStringIncludes(error.message, `"${box.sockfile}"`);
    for (const flag of Object.values(leastFlags(box.sockfile))) {
      assertStringIncludes(error.message, flag);
    }
    assertEquals(box.daemons(), []);
    assertEquals(await paste(error.message, job), [2]);
  });
}

Deno.test("autod() reports a variable in env that the command may not hand on", async () => {
  await using box = new Sandbox();
  const env = { LD_LIBRARY_PATH: "/nowhere" };
  const options = { ...counterIn(box), env };
  const flags = Object.values(leastFlags(box.sockfile));
  const { code, message } = await failureOf({ options }, { flags });
  assertEquals(code, "not-permitted", message);
  assertStringIncludes(message, "LD_LIBRARY_PATH");
  assertEquals(box.daemons(), []);
});

Deno.test("autod() quotes the flags that it names for a shell", async () => {
  await using box = new Sandbox();
  const sockfile = box.path("it's $HOME, no: `a` \\ socket".replace(",", ""));
  const job: Job = {
    options: { ...counterIn(box), sockfile },
    calls: [["add", 2]],
  };
  const error = await failureOf(job, { flags: [] });
  assertEquals(error.code, "not-permitted");
  assertEquals(await paste(error.message, job), [2]);
});

/** Does what a person does who reads the message: runs the command with its flags. */
async function paste(message: string, job: Job): Promise<readonly unknown[]> {
  const flags = message.slice(message.indexOf("run it with ") + 12);
  const [run, noPrompt, ...args] = jobArgs(job, []);
  const { stdout, stderr } = await runProgram("sh", [
    "-c",
    `exec "$0" ${run} ${noPrompt} ${flags} "$@"`,
    Deno.execPath(),
    ...args,
  ]);
  assertNotEquals(stdout, "", stderr);
  const told = JSON.parse(stdout);
  assertEquals(told.event, "answered", stdout);
  return told.answers;
}

Deno.test("autod() reaches a daemon without the permission to start one", async () => {
  await using box = new Sandbox();
  const options = counterIn(box);
  await using _daemon = await autod({ ...options, onProcess: box.onProcess });
  const { sockfile } = box;
  const { answers } = await answerOf({ options, calls: [["add", 2]] }, {
    flags: [
      `--allow-read=${sockfile}`,
      `--allow-write=${sockfile}`,
      `--allow-net=unix:${sockfile}`,
    ],
  });
  assertEquals(answers, [2]);
});

Deno.test("autod() takes a socket's path of 103 bytes, and none that is longer", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  const room = 103 - `${box.dir}/`.length;
  const longest = box.path("é".repeat(10) + "x".repeat(room - 20));
  {
    await using daemon = await autod({ ...options, sockfile: longest });
    assertEquals(await daemon.rpc.add(1), 1);
  }
  for (const sockfile of [`${longest}x`, box.path("é".repeat(room - 20))]) {
    const bytes = new TextEncoder().encode(sockfile).length;
    const error = await assertRejects(
      () => autod({ ...options, sockfile }),
      TypeError,
      `"${sockfile}"`,
    );
    assertStringIncludes(error.message, `has ${bytes} bytes`);
    assertStringIncludes(error.message, "103 at most");
    assertStringIncludes(error.message, "choose a shorter directory");
  }
});

Deno.test("autod() says how to make the socket's directory", async () => {
  await using box = new Sandbox();
  box.write("iface.ts", "export default () => ({});");
  const sockfile = box.path("a/b/d.sock");
  const error = await failure(box, { sockfile });
  assertEquals(error.code, "no-directory");
  assertStringIncludes(
    error.message,
    `the directory "${dirname(sockfile)}" does not exist`,
  );
  assertStringIncludes(error.message, `mkdir -p -m 700 ${dirname(sockfile)}`);
  assertInstanceOf(error.cause, Deno.errors.NotFound);
});

Deno.test("autod() says how to make a directory of any name, for a shell", async () => {
  await using box = new Sandbox();
  box.write("iface.ts", "export default () => ({});");
  for (const name of ODD_NAMES) {
    const directory = box.path(name);
    const { message } = await failure(box, { sockfile: `${directory}/d.sock` });
    const [, command] = /make it with: ([^]*)$/.exec(message)!;
    await sh(box, command);
    assert(Deno.statSync(directory).isDirectory);
  }
});

for (const spawn of [true, false]) {
  Deno.test(`autod() reports a socket below a file, spawn ${spawn}`, async () => {
    await using box = new Sandbox();
    const file = box.write("iface.ts", "export default () => ({});");
    const error = await failure(box, { sockfile: join(file, "d.sock"), spawn });
    assertEquals(error.code, "no-directory");
    assertStringIncludes(error.message, `"${file}" is no directory`);
  });
}

// A program that is no deno, with the code of its error and what that says.
const PROGRAMS: [string, (box: Sandbox) => string, AutodErrorCode, RegExp][] = [
  ["does not exist", (box) => box.path("no"), "spawn-failed", /cannot be run/],
  [
    "is not executable",
    (box) => box.write("plain", "#!/bin/sh\n"),
    "spawn-failed",
    /cannot be run .*[Pp]ermission denied/,
  ],
  ["is a directory", (box) => box.dir, "spawn-failed", /cannot be run/],
  [
    "does nothing",
    () => "/bin/true",
    "start-failed",
    /ended with code 0 before it was ready, and said nothing/,
  ],
  [
    "fails without a word",
    () => "/bin/false",
    "start-failed",
    /ended with code 1 before it was ready, and said nothing/,
  ],
  [
    "ends as a shell that finds no program",
    (box) => script(box, "echo mine; exit 127"),
    "start-failed",
    /ended with code 127 before it was ready, and said: mine/,
  ],
  [
    "prints something else",
    (box) => script(box, 'echo "not a deno"; echo "really not" >&2; exit 3'),
    "start-failed",
    /ended with code 3 .*not a deno[^]*really not|ended with code 3 .*really not[^]*not a deno/,
  ],
  [
    "kills itself",
    (box) => script(box, "kill -TERM $$"),
    "start-failed",
    /was ended by SIGTERM/,
  ],
];

function script(box: Sandbox, text: string): string {
  const path = box.write("program", `#!/bin/sh\n${text}\n`);
  Deno.chmodSync(path, 0o700);
  return path;
}

for (const [what, place, code, said] of PROGRAMS) {
  Deno.test(`autod() reports an execPath that ${what}`, async () => {
    await using box = new Sandbox();
    box.write("iface.ts", "export default () => ({});");
    const execPath = place(box);
    const error = await failure(box, { execPath });
    assertEquals(error.code, code);
    assertStringIncludes(error.message, `"${execPath}"`);
    assertMatch(error.message, said);
    if (code === "spawn-failed") {
      assertStringIncludes(error.message, 'correct the option "execPath"');
      assertInstanceOf(error.cause, Error);
    }
  });
}

Deno.test("autod() does not blame execPath for an environment that is too long", async () => {
  await using box = new Sandbox();
  box.write("iface.ts", "export default () => ({});");
  const error = await failure(box, { env: { LONG: "x".repeat(4_000_000) } });
  assertEquals(error.code, "spawn-failed");
  assertMatch(error.message, /shorten the options "env" and "permissions"/);
});

Deno.test("autod() ends a program that never becomes a daemon", async () => {
  await using box = new Sandbox();
  box.write("iface.ts", "export default () => ({});");
  const processes: Deno.ChildProcess[] = [];
  const error = await failure(box, {
    execPath: script(box, "exec sleep 600"),
    timeout: 300,
    onProcess: (process) => void processes.push(process),
  });
  assertEquals(error.code, "timeout");
  assertStringIncludes(error.message, "within 300 ms");
  assertStringIncludes(error.message, 'or raise the option "timeout"');
  assertEquals(processes.length, 1);
  assertEquals((await processes[0].status).signal, "SIGKILL");
});

Deno.test({
  name: "autod() reports what a program printed without an end of line",
  // readReadiness() drops the rest at the end of stdout: "said nothing".
  async fn() {
    await using box = new Sandbox();
    box.write("iface.ts", "export default () => ({});");
    const execPath = script(box, 'printf "half a line"; exit 3');
    const error = await failure(box, { execPath });
    assertEquals(error.code, "start-failed");
    assertStringIncludes(error.message, "half a line");
  },
});

Deno.test({
  name: "autod() gives up in time when a program's child holds its output",
  // The program is killed at the timeout, its child is not, and the end of
  // stdout is waited for: autod() never settles.
  async fn() {
    await using box = new Sandbox();
    box.write("iface.ts", "export default () => ({});");
    const groups: number[] = [];
    try {
      const error = await failure(box, {
        execPath: script(box, "sleep 600\ntrue"),
        timeout: 300,
        onProcess: (process) => {
          box.onProcess(process);
          groups.push(process.pid);
        },
      });
      assertEquals(error.code, "timeout");
    } finally {
      for (const pid of groups) Deno.kill(-pid, "SIGKILL");
    }
  },
});

Deno.test("autod() works through a program that runs deno", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  const execPath = script(box, `exec "${Deno.execPath()}" "$@"`);
  await using daemon = await autod({ ...options, execPath });
  assertEquals(daemon.connection.spawned, true);
  assertEquals(await daemon.rpc.add(1), 1);
});

Deno.test("autod() works through a program that runs deno as its child", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  const execPath = script(box, `"${Deno.execPath()}" "$@"\nexit 0`);
  await using daemon = await autod({ ...options, execPath });
  assertEquals(await daemon.rpc.add(1), 1);
});

Deno.test({
  name: "autod() knows that it started a daemon through a program",
  // start() compares the daemon's pid with that of the program, and not with
  // the one that the readiness line tells.
  async fn() {
    await using box = new Sandbox();
    const options = { ...counterIn(box), onProcess: box.onProcess };
    const execPath = script(box, `"${Deno.execPath()}" "$@"\nexit 0`);
    await using daemon = await autod({ ...options, execPath });
    assertNotEquals(daemon.process?.pid, daemon.connection.pid);
    assertEquals(daemon.connection.spawned, true);
    assertEquals(await daemon.rpc.add(1), 1);
  },
});

for (const file of ["pidfile", "logfile"] as const) {
  Deno.test(`autod() reports a ${file} in a missing directory`, async () => {
    await using box = new Sandbox();
    box.write("iface.ts", "export default () => ({});");
    const path = box.path(`no/${file}`);
    const error = await failure(box, { [file]: path });
    assertEquals(error.code, "start-failed");
    assertStringIncludes(error.message, path);
    assertEquals(causeOf(error).name, "NotFound");
  });
}

Deno.test("autod() names the missing methods and those that are like them", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using daemon = await autod(options);
  const error = await assertRejects(
    () => autod({ ...options, methods: ["closed", "pid", "somethingElse"] }),
    AutodError,
  );
  assertEquals(error.code, "missing-methods");
  assertEquals(error.sockfile, box.sockfile);
  assertEquals(error.logfile, `${box.sockfile}.log`);
  assertStringIncludes(
    error.message,
    `"${box.sockfile}": it has no method "closed" (it has "close"), "somethingElse";`,
  );
  assertStringIncludes(error.message, 'correct the option "methods"');
  assertStringIncludes(error.message, toFileUrl(box.path("counter.ts")).href);
  // The daemon is none the worse for it.
  assertEquals(await daemon.rpc.add(1), 1);
});

const HELLO = '{"jsonrpc":"2.0","id":1,';

// What serves the socket instead of a daemon, with the code that tells.
const OTHERS: [string, (conn: Deno.Conn) => Promise<unknown>, string][] = [
  ["echoes", (conn) => conn.readable.pipeTo(conn.writable), "not-responding"],
  ["never answers", () => Promise.resolve(), "not-responding"],
  ["speaks HTTP", say("HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol"],
  ["sends bytes", say(new Uint8Array([0, 255, 254, 10, 13, 10])), "protocol"],
  ["sends a number", say("42\n"), "protocol"],
  ["sends a list", say("[]\n"), "protocol"],
  ["sends a line without end", forever("x".repeat(65536)), "protocol"],
  [
    "does not know the hello",
    say(`${HELLO}"error":{"code":-32601,"message":"Method not found"}}\n`),
    "protocol",
  ],
  ["answers a broken error", say(`${HELLO}"error":7}\n`), "protocol"],
  ["answers null", say(`${HELLO}"result":null}\n`), "protocol"],
  ["answers a text", say(`${HELLO}"result":"hello"}\n`), "protocol"],
  ["answers something else", say(`${HELLO}"result":{"a":1}}\n`), "protocol"],
  [
    "answers with methods that are none",
    say(answered({ methods: 7 })),
    "protocol",
  ],
  [
    "answers with a method that is none",
    say(answered({ methods: ["a", { toString: 1 }] })),
    "protocol",
  ],
  ["answers with a pid that is none", say(answered({ pid: -1 })), "protocol"],
  [
    "answers with an instance that is none",
    say(answered({ instance: 7 })),
    "protocol",
  ],
  [
    "answers with a session that is none",
    say(answered({ session: 7 })),
    "protocol",
  ],
  [
    "answers with a version that is none",
    say(answered({ version: 7 })),
    "protocol",
  ],
  [
    "answers with a start that is no time",
    say(answered({ startedAt: { toString: 1, valueOf: 1 } })),
    "protocol",
  ],
];

Deno.test("autod() takes what a daemon says beyond what it knows for no absence", async () => {
  await using box = new Sandbox();
  const hello = say(answered({ absent: "for lunch" }));
  await using fake = new FakeDaemon(box.sockfile, async (conn) => {
    await hello(conn);
    await conn.read(new Uint8Array(1024));
  });
  const rpcfile = box.path("iface.ts");
  await using daemon = await autod({
    rpcfile,
    sockfile: box.sockfile,
    methods: ["a"],
  });
  assertEquals([daemon.connection.pid, fake.connections], [1, 1]);
});

Deno.test("autod() tells how to end a daemon of another version of the protocol", async () => {
  await using box = new Sandbox();
  const refusal = {
    code: -32602,
    message: "The daemon speaks version 2 of the protocol alone",
    data: { protocol: 2 },
  };
  const hello = say(`${HELLO}"error":${JSON.stringify(refusal)}}\n`);
  await using _other = new FakeDaemon(box.sockfile, hello);
  box.write("iface.ts", "export default () => ({});");
  const { code, message } = await failure(box, {});
  assertEquals(code, "protocol");
  assertStringIncludes(
    message,
    "it speaks version 2 of the protocol, and this command version 1",
  );
  assertStringIncludes(message, `autod stop ${box.sockfile}`);
});

/** The answer to the hello of a daemon, of which some is not right. */
function answered(wrong: Record<string, unknown>): string {
  const result = {
    pid: 1,
    instance: "i",
    session: "i/1",
    startedAt: new Date().toISOString(),
    methods: ["a"],
    ...wrong,
  };
  return `${HELLO}"result":${JSON.stringify(result)}}\n`;
}

function say(what: string | Uint8Array): (conn: Deno.Conn) => Promise<unknown> {
  const bytes = typeof what === "string"
    ? new TextEncoder().encode(what)
    : what;
  return (conn) => conn.write(bytes);
}

function forever(text: string): (conn: Deno.Conn) => Promise<never> {
  const bytes = new TextEncoder().encode(text);
  return async (conn) => {
    for (;;) await conn.write(bytes);
  };
}

for (const [what, serve, code] of OTHERS) {
  const name = `autod() reports a server at the socket that ${what}`;
  Deno.test(name, async () => {
    await using box = new Sandbox();
    await using other = new FakeDaemon(box.sockfile, serve);
    box.write("iface.ts", "export default () => ({});");
    const timeout = code === "not-responding" ? 300 : undefined;
    const error = await failure(box, { timeout });
    assertEquals(error.code, code);
    assertEquals(other.connections, 1);
    assertEquals(Deno.lstatSync(box.sockfile).ino, other.inode);
    if (code === "protocol") {
      // What it said is told, and not that the connection has ended.
      assertFalse(
        error.message.includes("ConnectionClosedError"),
        error.message,
      );
      assertStringIncludes(error.message, "choose another path, or end that");
      assertInstanceOf(error.cause, Error);
    } else {
      assertStringIncludes(error.message, `fuser ${box.sockfile}`);
    }
  });
}

Deno.test("autod() reports a factory's error whatever it is made of", async () => {
  await using box = new Sandbox();
  const data = {
    name: "Own",
    message: "mine",
    toString: 7,
    cause: { toString: 7 },
  };
  const error = { code: -32603, message: "mine", data };
  await using _other = new FakeDaemon(
    box.sockfile,
    say(`${HELLO}"error":${JSON.stringify(error)}}\n`),
  );
  box.write("iface.ts", "export default () => ({});");
  const { code, message, cause } = await failure(box, {});
  assertEquals([code, `${cause}`], ["iface-failed", "Own: mine"]);
  assertStringIncludes(message, "factory of its rpcfile failed: Own: mine");
});

Deno.test({
  name: "autod() reports a server at the socket that always hangs up",
  // The daemon that is started takes the live server's socket for a dead one
  // and replaces it: bind() looks only whether it is a socket.
  async fn() {
    await using box = new Sandbox();
    await using other = new FakeDaemon(box.sockfile, (conn) => {
      conn.close();
      return Promise.resolve();
    });
    box.write("iface.ts", "export default () => ({});");
    const error = await failure(box, { timeout: 5000 });
    assertEquals(error.code, "protocol");
    assertEquals(Deno.lstatSync(box.sockfile).ino, other.inode);
  },
});

Deno.test("autod() rejects a call with what the method threw", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    `class QuotaError extends Error {
      name = "QuotaError";
    }
    export default () => ({
      spend: () => {
        const cause = new RangeError("the root");
        throw Object.assign(new QuotaError("too much", { cause }), {
          code: "EQUOTA",
          limit: { bytes: 7 },
          ignored: () => 1,
        });
      },
      later: () => Promise.reject(new Deno.errors.NotFound("gone")),
      text: () => { throw "a text" },
      value: () => { throw { why: 1 } },
      nothing: () => { throw undefined },
      read: () => Deno.readTextFile("/etc/hostname"),
      ok: () => "ok",
    });`,
  );
  await using daemon = await autod({
    rpcfile,
    sockfile: box.sockfile,
    methods: ["spend", "later", "text", "value", "nothing", "read", "ok"],
    onProcess: box.onProcess,
  });
  const { rpc } = daemon;

  const error = await assertRejects(() => rpc.spend(), RpcError);
  assertEquals([error.name, error.code], ["RpcError", -32000]);
  assertEquals([error.remoteName, error.message], ["QuotaError", "too much"]);
  assertEquals(error.data, { code: "EQUOTA", limit: { bytes: 7 } });
  assertStringIncludes(error.remoteStack ?? "", toFileUrl(rpcfile).href);
  assertStringIncludes(error.stack ?? "", "in the daemon:");
  assertStringIncludes(error.stack ?? "", toFileUrl(rpcfile).href);
  const cause = causeOf(error);
  assertEquals([cause.name, cause.message], ["RangeError", "the root"]);

  const others = [
    await assertRejects(() => rpc.later(), RpcError),
    await assertRejects(() => rpc.text(), RpcError),
    await assertRejects(() => rpc.value(), RpcError),
    await assertRejects(() => rpc.nothing(), RpcError),
    await assertRejects(() => rpc.read(), RpcError),
  ];
  assertEquals(
    others.map(({ remoteName, message }) => `${remoteName}: ${message}`)
      .slice(0, 4),
    [
      "NotFound: gone",
      "Error: a text",
      'Error: {"why":1}',
      "Error: undefined",
    ],
  );
  assertEquals(others[1].data, { value: "a text" });
  assertEquals(others[2].data, { value: { why: 1 } });
  assertEquals(others[4].remoteName, "NotCapable");
  assertEquals(await rpc.ok(), "ok");
});

for (const mode of ["daemon", "inline"] as const) {
  Deno.test(`An AutodError that nobody catches shows who called autod(), and its cause, mode ${mode}`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", `throw new RangeError("no");`);
    const { sockfile } = box;
    const options = { rpcfile, sockfile, methods: ["a"], mode };
    await using script = new Script(
      box,
      `async function main() {
        await autod(${JSON.stringify(options)});
      }
      await main();`,
    );
    const stderr = await inTime(script.stderr, "the end of the script");
    const [first, cause] = stderr.split("\nCaused by: ");
    assertMatch(first, /^ {4}at async main \(.*\n {4}at async file:.*$/m);
    assert(!first.includes("dist/"), first);
    assertMatch(cause, /^RangeError: no\n {4}at file:.*\/iface\.ts:1:7/);
  });
}

Deno.test("An error of a method that nobody catches shows where it was thrown in the daemon", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    `export default () => ({
      fail(): void {
        throw new RangeError("too much");
      },
    });`,
  );
  await using script = new Script(
    box,
    `await using daemon = await autod(${
      JSON.stringify({ rpcfile, sockfile: box.sockfile, methods: ["fail"] })
    });
    await daemon.rpc.fail();`,
  );
  const stderr = await inTime(script.stderr, "the end of the script");
  assertStringIncludes(
    stderr,
    `RpcError: too much
  in the daemon:
    RangeError: too much
        at Object.fail (${toFileUrl(rpcfile).href}:3:15)
`,
  );
});

Deno.test("autod() rejects the calls of a daemon that is killed", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    `export default () => ({
      hang: () => new Promise(() => {}),
      ok: () => true,
    });`,
  );
  await using daemon = await autod({
    rpcfile,
    sockfile: box.sockfile,
    methods: ["hang", "ok"],
    onProcess: box.onProcess,
  });
  const { rpc, connection } = daemon;
  const hang = assertRejects(() => rpc.hang(), ConnectionClosedError);
  await rpc.ok(); // the daemon has begun the call before by now
  Deno.kill(connection.pid, "SIGKILL");

  const error = await hang;
  assertEquals([error.method, error.maybeExecuted], ["hang", true]);
  assertStringIncludes(error.message, '"hang"');
  assertStringIncludes(error.message, "may have been executed");
  connection.close(); // or the next call would go to a new daemon
  const later = await assertRejects(() => rpc.ok(), ConnectionClosedError);
  assertEquals([later.method, later.maybeExecuted], ["ok", false]);
});

Deno.test({
  name:
    "autod() says what to do about a path that Deno lets nobody use by its name",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using box = new Sandbox();
    const sockfile = `/dev/autod-${crypto.randomUUID()}.sock`;
    const options = { ...counterIn(box), sockfile };
    const { code, message } = await failureOf({ options }, {
      flags: ["--allow-read", "--allow-write", "--allow-net", "--allow-run"],
    });
    assertEquals(code, "not-permitted");
    assertMatch(
      message,
      /Requires all access .*; choose another path, or run it with --allow-all$/,
    );
  },
});

Deno.test("autod() says what to do about a log that cannot be opened", async () => {
  await using box = new Sandbox();
  const logfile = box.path("none/log");
  box.write("iface.ts", "export default () => ({})");
  const error = await failure(box, { logfile });
  assertEquals(error.code, "start-failed");
  assertStringIncludes(error.message, `its log "${logfile}" cannot be written`);
  assertStringIncludes(
    error.message,
    '; choose another by the option "logfile"',
  );
});
