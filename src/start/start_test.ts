import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { autod, AutodError } from "../../mod.ts";
import { filesOf } from "../files/daemon_files.ts";
import { openLockfile, readNote, writeNote } from "../files/lockfile.ts";
import { roundDown } from "./spawn_daemon.ts";
import { type Answered, answerOf, failureOf } from "../testing/command.ts";
import { startCommand } from "../testing/command.ts";
import { counterIn } from "../testing/counter.ts";
import { FakeDaemon } from "../testing/fake_daemon.ts";
import { leastToStart } from "../testing/flags.ts";
import { Gate } from "../testing/gate.ts";
import { whenUnlocked } from "../testing/locks.ts";
import { Patience } from "../testing/patience.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { Script } from "../testing/script.ts";
import { WallClock } from "../testing/wall_clock.ts";

const HERD = 32;

/** Starts the herd, lets it loose when all have loaded, and gathers what they tell. */
async function stampede(box: Sandbox): Promise<Answered[]> {
  const options = counterIn(box);
  await using stack = new AsyncDisposableStack();
  const herd = Array.from({ length: HERD }, () => {
    const calls = [["add", 1], ["pid"]] as const;
    return stack.use(startCommand({ options, calls, barrier: true }));
  });
  await Promise.all(herd.map((command) => command.tells("loaded")));
  await Promise.all(herd.map((command) => command.closeStdin()));
  return await Promise.all(herd.map((command) => command.tells("answered")));
}

function assertOneDaemon(box: Sandbox, told: Answered[]): void {
  const { pid } = told[0];
  const counts = told.map(({ answers }) => Number(answers[0]));
  assertEquals(
    counts.sort((a, b) => a - b),
    Array.from({ length: HERD }, (_, i) => i + 1),
  );
  for (const { pid: connected, answers } of told) {
    assertEquals([connected, answers[1]], [pid, pid]);
  }
  assertEquals(told.filter(({ spawned }) => spawned).length, 1);
  assertEquals(box.daemons(), [pid]);
}

Deno.test("autod() makes one daemon for 32 commands at once", async () => {
  await using box = new Sandbox();
  assertOneDaemon(box, await stampede(box));
});

Deno.test("autod() makes one daemon for 32 commands that find a dead socket", async () => {
  await using box = new Sandbox();
  const { pid } = await answerOf({ options: counterIn(box) });
  Deno.kill(pid, "SIGKILL");
  await whenUnlocked(`${box.sockfile}.lock`);
  assert(Deno.lstatSync(box.sockfile).isSocket);

  const told = await stampede(box);

  assertOneDaemon(box, told);
  assertNotEquals(told[0].pid, pid);
});

Deno.test("autod() makes one daemon for 50 calls at once in one process", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using stack = new AsyncDisposableStack();
  const daemons = await Promise.all(
    Array.from({ length: 50 }, async () => stack.use(await autod(options))),
  );
  const counts = await Promise.all(
    daemons.map((daemon) => daemon.rpc.add(1).then(Number)),
  );
  assertEquals(
    counts.sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  const { pid } = daemons[0].connection;
  assert(daemons.every(({ connection }) => connection.pid === pid));
  const starters = daemons.filter(({ connection }) => connection.spawned);
  assertEquals(starters.map(({ process }) => process?.pid), [pid]);
  const reasons = daemons.map(({ connection }) => connection.reason);
  assertEquals(reasons.filter(Boolean), ["there was none"]);
  assertEquals(box.daemons(), [pid]);
});

// What is put in the socket's place, and what is to be the same afterwards.
const OBSTACLES: [string, (box: Sandbox) => () => unknown][] = [
  ["a plain file", (box) => {
    box.write("d.sock", "precious");
    return () => Deno.readTextFileSync(box.sockfile);
  }],
  ["an empty file", (box) => {
    box.write("d.sock", "");
    return () => Deno.readTextFileSync(box.sockfile);
  }],
  ["a directory", (box) => {
    Deno.mkdirSync(box.sockfile);
    return () => Array.from(Deno.readDirSync(box.sockfile));
  }],
  ["a symbolic link to a file", (box) => {
    Deno.symlinkSync(box.write("precious", "precious"), box.sockfile);
    return () => [
      Deno.readLinkSync(box.sockfile),
      Deno.readTextFileSync(box.path("precious")),
    ];
  }],
  ["a symbolic link to nothing", (box) => {
    Deno.symlinkSync(box.path("nothing"), box.sockfile);
    return () => [
      Deno.readLinkSync(box.sockfile),
      Array.from(Deno.readDirSync(box.dir), ({ name }) => name)
        .filter((name) => name === "nothing"),
    ];
  }],
];

for (const [obstacle, place] of OBSTACLES) {
  Deno.test(`autod() never touches ${obstacle} in the socket's place`, async () => {
    await using box = new Sandbox();
    const options = { ...counterIn(box), onProcess: box.onProcess };
    const read = place(box);
    const identity = () => {
      const { ino, mode, mtime, size } = Deno.lstatSync(box.sockfile);
      return { ino, mode, mtime, size, content: read() };
    };
    const before = identity();

    const error = await assertRejects(() => autod(options), AutodError);

    assertEquals(error.code, "not-a-socket");
    assertEquals(error.sockfile, box.sockfile);
    assertStringIncludes(error.message, `"${box.sockfile}"`);
    assertStringIncludes(error.message, "was not touched");
    assertEquals(identity(), before);
    assertEquals(box.daemons(), []);
  });
}

Deno.test({
  name: "autod() refuses a symbolic link to a daemon's socket",
  // connect() follows the link, and nothing looks at the path before it.
  async fn() {
    await using box = new Sandbox();
    const options = { ...counterIn(box), onProcess: box.onProcess };
    await using daemon = await autod(options);
    const link = box.path("link.sock");
    Deno.symlinkSync(box.sockfile, link);
    const error = await assertRejects(
      () => autod({ ...options, sockfile: link }),
      AutodError,
    );
    assertEquals(error.code, "not-a-socket");
    assertEquals(Deno.readLinkSync(link), box.sockfile);
    assertEquals(await daemon.rpc.add(1), 1);
  },
});

Deno.test("autod() finds a live daemon whose socket file was removed", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using first = await autod(options);
  assertEquals(await first.rpc.add(2), 2);
  Deno.removeSync(box.sockfile);

  await using second = await autod(options);

  assertEquals(second.connection.pid, first.connection.pid);
  assertEquals(second.connection.spawned, false);
  assertEquals(await second.rpc.add(3), 5);
  // The connection that was there before goes on as well.
  assertEquals(await first.rpc.add(4), 9);
  await box.onlyDaemon(first.connection.pid);
});

Deno.test("autod() finds a live daemon whose socket file was removed twice", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using first = await autod(options);
  for (const expected of [1, 2]) {
    Deno.removeSync(box.sockfile);
    await using next = await autod(options);
    assertEquals(next.connection.pid, first.connection.pid);
    assertEquals(await next.rpc.add(1), expected);
  }
});

Deno.test("autod() waits for a daemon that is closing and starts the next one", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.ts",
    `let n = 0;
    export default (server) => ({
      slow: async () => { ${gate.code}; return ++n; },
      close: () => server.close(),
    });`,
  );
  const { sockfile } = box;
  const { permissions } = gate;
  const methods = ["slow", "close"] as const;
  const spawned = Promise.withResolvers<void>();
  const options = { rpcfile, sockfile, methods, permissions };
  await using old = await autod({ ...options, onProcess: box.onProcess });
  const order: string[] = [];
  const slow = old.rpc.slow().then((n) => order.push(`slow ${n}`));
  assertEquals(await gate.arrival(), old.connection.pid);
  await old.rpc.close();

  const starting = autod({
    ...options,
    onProcess: (process) => {
      box.onProcess(process);
      spawned.resolve();
    },
  }).then((daemon) => (order.push("next"), daemon));
  await spawned.promise;
  assertEquals(order, []);
  gate.open();
  await using next = await starting;

  await slow;
  assertEquals(order, ["slow 1", "next"]);
  assertNotEquals(next.connection.pid, old.connection.pid);
  assertEquals(next.connection.spawned, true);
  assertEquals(await next.rpc.slow(), 1);
});

Deno.test("autod() gives up in time when another command never lets go of the spawn lock", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), timeout: 300 };
  using lock = Deno.openSync(`${box.sockfile}.spawn`, {
    write: true,
    create: true,
  });
  await lock.lock(true);

  // A process of its own, as it has to be able to end.
  const { name, code, message } = await failureOf({ options });

  assertEquals([name, code], ["AutodError", "timeout"]);
  assertStringIncludes(message, `"${box.sockfile}" within 300 ms`);
  assertStringIncludes(message, `fuser ${box.sockfile}.spawn finds it`);
  assertEquals(box.daemons(), []);
});

Deno.test("autod() tells why others could not start the daemon, when it has waited for them too long", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), timeout: 300 };
  using lock = openLockfile(`${box.sockfile}.spawn`, box.sockfile).file;
  await lock.lock(true);
  writeNote(lock, { failure: "its rpcfile was broken" });
  const { code, message } = await failureOf({ options });
  assertEquals(code, "timeout");
  assertStringIncludes(
    message,
    "other commands try to start it, and the last one could not: its rpcfile was broken",
  );
});

Deno.test("autod() names the command that takes too long to start the daemon", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.js",
    `${gate.code}; export default () => ({})`,
  );
  const { sockfile, onProcess } = box;
  const { permissions } = gate;
  const options = { rpcfile, sockfile, onProcess, permissions, methods: [] };
  const starting = autod(options);
  await gate.arrival();
  const { onProcess: _, ...plain } = options;
  const told = await failureOf({ options: { ...plain, timeout: 100 } });
  assertEquals(told.code, "timeout");
  assertStringIncludes(
    told.message,
    `another command is starting it, and holds "${sockfile}.spawn"; if it was stopped, let it go on, or end it: kill -9 ${Deno.pid}`,
  );
  await assertRejects(
    () => autod({ ...options, timeout: 100 }),
    AutodError,
    "another call of this process is starting it",
  );
  gate.open();
  await using _daemon = await starting;
});

Deno.test("autod() says what the system is short of, and starts nothing", async () => {
  await using box = new Sandbox();
  await using _daemon = await autod({
    ...counterIn(box),
    onProcess: box.onProcess,
  });
  const { connect } = Deno;
  using _restored = { [Symbol.dispose]: () => Deno.connect = connect };
  const shortage = Object.assign(
    new Error("Too many open files (os error 24)"),
    {
      code: "EMFILE",
    },
  );
  Deno.connect = (): Promise<never> => Promise.reject(shortage);
  const processes: unknown[] = [];
  const error = await assertRejects(
    () =>
      autod({
        ...counterIn(box),
        onProcess: (process) => void processes.push(process),
      }),
    AutodError,
    `Cannot connect to "${box.sockfile}": the system denies it (Too many open files (os error 24)); close some`,
  );
  assertEquals([error.code, error.cause], ["not-permitted", shortage]);
  assertEquals(processes, []);
});

Deno.test("autod() notes why it could not start the daemon, until another one runs", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const options = { sockfile, onProcess, methods: [] };
  const rpcfile = box.write("iface.js", 'throw new Error("broken")');
  const error = await assertRejects(
    () => autod({ ...options, rpcfile }),
    AutodError,
  );
  assertEquals(readNote(filesOf(sockfile).spawnLock).failure, error.message);
  box.write("iface.js", "export default () => ({})");
  await using _daemon = await autod({ ...options, rpcfile });
  assertEquals(readNote(filesOf(sockfile).spawnLock).failure, undefined);
});

Deno.test("autod() notes the daemon that it found, where the one that it started found that as well", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using daemon = await autod(options);
  Deno.removeSync(box.sockfile);
  await using other = await autod(options);
  assertEquals(other.connection.pid, daemon.connection.pid);
  assertEquals(readNote(`${box.sockfile}.spawn`).pid, daemon.connection.pid);
});

for (const end of ["lock", "spawn"]) {
  Deno.test(`autod() names no process to be ended that ${end === "lock" ? "holds its lock" : "has the socket"} no more`, async () => {
    await using box = new Sandbox();
    const { sockfile } = box;
    const lock = openLockfile(`${sockfile}.${end}`, sockfile).file;
    writeNote(lock, { pid: Deno.pid, socket: "1, 1" });
    lock.close();
    const done = Promise.withResolvers<void>();
    await using _mute = new FakeDaemon(sockfile, () => done.promise);
    const options = { ...counterIn(box), timeout: 300 };
    // The least may not look at the lock.
    const flags = end === "lock" ? ["--allow-all"] : leastToStart(sockfile);
    const { message } = await failureOf({ options }, { flags });
    done.resolve();
    assertStringIncludes(message, "it took the connection and does not answer");
    assertStringIncludes(message, `find it with: fuser ${sockfile}`);
  });
}

Deno.test("autod() names the process that it knows by its socket alone", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  await using daemon = await autod({ ...counterIn(box), onProcess });
  const { pid } = daemon.connection;
  Deno.kill(pid, "SIGSTOP");
  const options = { ...counterIn(box), timeout: 300 };
  const flags = leastToStart(sockfile);
  const { message } = await failureOf({ options }, { flags });
  Deno.kill(pid, "SIGCONT");
  assertStringIncludes(message, `end it with: kill -9 ${pid}`);
});

Deno.test("autod() rejects with the code timeout where an import takes too long", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const rpcfile = box.write(
    "iface.js",
    "setInterval(() => {}, 1e9); await new Promise(() => {});",
  );
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, timeout: 1990, methods: [] }),
    AutodError,
    "within 1990 ms: its process was not ready and was ended",
  );
  assertEquals(error.code, "timeout");
});

Deno.test("autod() rejects with the last words of an rpcfile that printed much and ends the process", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const rpcfile = box.write(
    "iface.js",
    `for (let i = 0; i < 1000; i++) console.log("x".repeat(100));
    console.error("the last word");
    Deno.exit(3);`,
  );
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "ended with code 3",
  );
  assertMatch(error.stderr!, /the last word\n/);
});

Deno.test("autod() keeps to its timeout where the clock is set", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  const lock = openLockfile(`${box.sockfile}.spawn`, box.sockfile).file;
  await lock.lock(true);
  const { prototype } = Deno.FsFile;
  const { tryLockSync } = prototype;
  using _restored = {
    [Symbol.dispose]: () => prototype.tryLockSync = tryLockSync,
  };
  let tries = 0;
  using _clock = new WallClock((time) => time + (tries > 0 ? 3_600_000 : 0));
  prototype.tryLockSync = function (exclusive) {
    if (++tries === 3) lock.close();
    return tryLockSync.call(this, exclusive);
  };
  await using daemon = await autod(options);
  assertEquals(await daemon.rpc.add(1), 1);
});

Deno.test("autod() is served by a daemon that printed more at its start than its starter reads", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.js",
    `${gate.code};
    for (let i = 0; i < 200; i++) console.log("x".repeat(1000));
    export default () => ({ pid: () => Deno.pid });`,
  );
  const { sockfile, onProcess } = box;
  const { permissions } = gate;
  const methods = ["pid"] as const;
  const options = { rpcfile, sockfile, permissions, methods };
  await using starter = new Script(
    box,
    `await using daemon = await autod(${JSON.stringify(options)});
    console.log(await daemon.rpc.pid());`,
  );
  const pid = await gate.arrival();
  starter.kill("SIGSTOP");
  gate.open();
  await using daemon = await autod({ ...options, onProcess });
  assertEquals(await daemon.rpc.pid(), pid);
  starter.kill("SIGCONT");
  assertEquals(await starter.line(), `${pid}`);
});

Deno.test("autod() rejects with the end of what a daemon printed that printed much", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    `for (let i = 0; i < 200; i++) console.log("x".repeat(1000));
    console.log("the last word");
    throw new Error("broken")`,
  );
  const { sockfile, onProcess } = box;
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    "broken",
  );
  assertMatch(error.stderr!, /the last word\n/);
});

Deno.test("roundDown() leaves no more than there is, in two digits", () => {
  const cases = [[0.5, 0], [7.9, 7], [99.9, 99], [106_900, 100_000], [
    30_000,
    30_000,
  ]];
  for (const [given, rounded] of cases) assertEquals(roundDown(given), rounded);
});

Deno.test("autod() waits no longer for the spawn lock when signal aborts", async () => {
  await using box = new Sandbox();
  using lock = Deno.openSync(`${box.sockfile}.spawn`, {
    write: true,
    create: true,
  });
  await lock.lock(true);
  const waiting = Promise.withResolvers<void>();
  using _restored = replaceMessageChannel(() => waiting.resolve());
  const controller = new AbortController();
  const { signal } = controller;
  const options = { ...counterIn(box), signal };
  const reason = new Error("Enough");
  const rejected = assertRejects(() => autod(options), Error, "Enough");
  await waiting.promise;
  controller.abort(reason);
  assertEquals(await rejected, reason);
  assertEquals(box.daemons(), []);
});

Deno.test("autod() tells what became of the socket's directory while it waited for the spawn lock", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(box.path("sub"));
  const sockfile = box.path("sub/d.sock");
  using lock = Deno.openSync(`${sockfile}.spawn`, {
    write: true,
    create: true,
  });
  await lock.lock(true);
  const waiting = Promise.withResolvers<void>();
  using _restored = replaceMessageChannel(() => waiting.resolve());
  const rejected = assertRejects(
    () => autod({ ...counterIn(box), sockfile }),
    AutodError,
    `"${box.path("sub")}" is no directory`,
  );
  await waiting.promise;
  Deno.renameSync(box.path("sub"), box.path("moved"));
  box.write("sub", "");
  const { code } = await rejected;
  assertEquals(code, "no-directory");
});

/** Tells when a port is made, which keeps a command alive that waits. */
function replaceMessageChannel(onMade: () => void): Disposable {
  const { MessageChannel } = globalThis;
  globalThis.MessageChannel = class extends MessageChannel {
    constructor() {
      super();
      onMade();
    }
  };
  return {
    [Symbol.dispose]: () => globalThis.MessageChannel = MessageChannel,
  };
}

Deno.test("autod() goes on when the holder of the spawn lock dies", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.ts",
    `${gate.code};\nlet n = 0; export default () => ({ add: (m) => n += m });`,
  );
  const { sockfile } = box;
  const { permissions } = gate;
  const options = { rpcfile, sockfile, permissions, methods: ["add"] };
  await using starter = startCommand({ options });
  const pid = await gate.arrival();
  await using waiting = startCommand({
    options,
    calls: [["add", 1]],
    tellProcess: true,
  });
  starter.process.kill("SIGKILL");
  await waiting.tells("process");
  gate.open();
  const told = await waiting.tells("answered");
  assertEquals(told, { event: "answered", pid, spawned: false, answers: [1] });
});

Deno.test("autod() reports a daemon that does not answer and starts no second one", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using first = await autod(options);
  const { pid } = first.connection;
  Deno.kill(pid, "SIGSTOP");
  try {
    const error = await assertRejects(
      () => autod({ ...options, timeout: 300 }),
      AutodError,
    );
    assertEquals(error.code, "not-responding");
    assertStringIncludes(error.message, `"${box.sockfile}"`);
    assertStringIncludes(
      error.message,
      'does not answer within the 300 ms of the option "timeout"',
    );
    assertStringIncludes(error.message, `kill -9 ${pid}`);
    assertEquals(box.daemons(), [pid]);
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
  await using second = await autod(options);
  assertEquals(second.connection.pid, pid);
  assertEquals(await second.rpc.add(1), 1);
});

/** Stops a daemon that has lost its socket, and lets a command look for it in vain. */
async function missStopped(box: Sandbox, pid: number): Promise<AutodError> {
  const options = { ...counterIn(box), onProcess: box.onProcess };
  Deno.kill(pid, "SIGSTOP");
  Deno.removeSync(box.sockfile);
  try {
    let error: AutodError;
    {
      using _patience = new Patience();
      error = await assertRejects(
        () => autod({ ...options, timeout: 1000 }),
        AutodError,
      );
    }
    await box.onlyDaemon(pid);
    return error;
  } finally {
    Deno.kill(pid, "SIGCONT");
    // Its socket has to be back, so that the sandbox can end it.
    await using _daemon = await autod(options);
  }
}

Deno.test("autod() starts no second daemon beside one that holds the lock without a socket", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using first = await autod(options);
  const { pid } = first.connection;
  await missStopped(box, pid);
  await using second = await autod(options);
  assertEquals(second.connection.pid, pid);
  assertEquals(await second.rpc.add(1), 1);
});

Deno.test("autod() names the daemon that holds the lock without a socket", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using first = await autod(options);
  const { pid } = first.connection;
  const error = await missStopped(box, pid);
  assertEquals(error.code, "not-responding");
  assertStringIncludes(error.message, `"${box.sockfile}"`);
  assertStringIncludes(error.message, `${pid}`);
});
