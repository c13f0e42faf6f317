// Whom `autod stop` ends, and how long it waits: the rest is in cli_test.ts.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { autod } from "../../mod.ts";
import { main } from "../cli.ts";
import { filesOf } from "../files/daemon_files.ts";
import { isLocked, openLockfile, writeNote } from "../files/lockfile.ts";
import { CLI_COMMAND, runCli } from "../testing/cli.ts";
import { Running } from "../testing/command.ts";
import { counterIn } from "../testing/counter.ts";
import { inTime } from "../testing/deadline.ts";
import { FakeDaemon } from "../testing/fake_daemon.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { canDropPowers, isRoot, runWithoutPowers } from "../testing/users.ts";

/** More than a test may take, in milliseconds: whoever waits for that fails it. */
const TIMEOUT = 600_000;

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  await using process = new Running("true", []);
  await process.ended();
  return process.pid;
}

for (const file of ["lock", "spawn"]) {
  Deno.test(`autod stop --force kills nobody whom a file names that nobody holds: ${file}`, async () => {
    await using box = new Sandbox();
    await using named = new Running("sleep", ["60"]);
    const { pid } = named.process;
    box.write(`d.sock.${file}`, JSON.stringify({ pid, state: "serving" }));
    await using _other = new FakeDaemon(box.sockfile, () => Promise.resolve());
    const { code, stdout, stderr } = await runCli([
      "stop",
      "--force",
      "--timeout",
      "200",
      box.sockfile,
    ]);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(
      stderr,
      `is no daemon, as nobody holds "${filesOf(box.sockfile).lock}"`,
    );
    named.process.kill("SIGUSR1");
    assertEquals((await named.ended()).signal, "SIGUSR1");
  });
}

Deno.test({
  name: "autod stop --force ends a daemon to whose socket nobody may connect",
  ignore: isRoot && !canDropPowers,
  async fn() {
    await using box = new Sandbox();
    const { onProcess, sockfile } = box;
    await using _daemon = await autod({ ...counterIn(box), onProcess });
    Deno.chmodSync(sockfile, 0o000);
    const args = ["stop", "--force", sockfile];
    // Root may connect to any socket, unless it has lost its powers.
    const { code, stdout, stderr } = isRoot
      ? await runWithoutPowers([...CLI_COMMAND.slice(1), ...args])
      : await runCli(args);
    assertEquals([code, stdout, stderr], [0, "killed\n", ""]);
    await box.onlyDaemon();
  },
});

Deno.test("autod stop --force ends a daemon whose place another program has taken", async () => {
  await using box = new Sandbox();
  const { onProcess, sockfile } = box;
  await using _daemon = await autod({ ...counterIn(box), onProcess });
  Deno.removeSync(sockfile);
  await using _other = new FakeDaemon(sockfile, async (conn) => {
    await conn.read(new Uint8Array(1000));
    await conn.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\n"));
  });
  const { code, stdout, stderr } = await runCli(["stop", "--force", sockfile]);
  assertEquals([code, stdout, stderr], [0, "killed\n", ""]);
  await box.onlyDaemon();
});

Deno.test("autod stop waits for the daemon that it has told, which came after the one that it saw", async () => {
  await using box = new Sandbox();
  const { onProcess, sockfile } = box;
  const rpcfile = box.write(
    "iface.js",
    "export default () => ({ wait: () => new Promise(() => {}) });",
  );
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    methods: ["wait"],
    drainTimeout: 300,
  });
  const waiting = assertRejects(() => daemon.rpc.wait(), Error);
  const { lock } = filesOf(sockfile);
  const before = { pid: await endedPid(), state: "serving" };
  Deno.writeTextFileSync(lock, JSON.stringify(before));
  const { code, stdout } = await runCli(["stop", sockfile]);
  assertEquals([code, stdout, isLocked(lock)], [0, "stopped\n", false]);
  await waiting;
});

Deno.test("autod stop waits once for a daemon that starts late and closes slowly", async () => {
  await using box = new Sandbox();
  using _lock = hold(box);
  using clock = new LateClock();
  await using _slow = new FakeDaemon(box.sockfile, async (conn) => {
    await conn.read(new Uint8Array(1000));
    clock.lateness = TIMEOUT;
    const answer = { jsonrpc: "2.0", id: 1, result: null };
    await conn.write(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
  });
  assertEquals(await stopHere(box), [
    4,
    `autod: Cannot wait any longer for the daemon at "${box.sockfile}": it is closing, and has not finished within ${TIMEOUT} ms; to end it at once: autod stop --force ${box.sockfile}`,
  ]);
});

Deno.test("autod stop waits for the answer of a daemon only as long as it has not waited for its start", async () => {
  await using box = new Sandbox();
  using _lock = hold(box);
  using clock = new LateClock();
  await using _mute = new FakeDaemon(box.sockfile, (conn) => {
    if (clock.lateness === 0) conn.close(); // it does not serve yet
    clock.lateness = TIMEOUT - 100;
    return Promise.resolve();
  });
  const [code, said] = await stopHere(box);
  assertEquals(code, 4);
  assertStringIncludes(said, `it did not answer within ${TIMEOUT} ms`);
});

Deno.test({
  name:
    "autod stop --force kills no process that does not hold the lock, whatever that says",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using box = new Sandbox();
    await using bystander = new Running("sleep", ["1000"]);
    const { pid } = bystander.process;
    const { lock: path } = filesOf(box.sockfile);
    using lock = openLockfile(path, box.sockfile).file;
    lock.lockSync(true);
    writeNote(lock, { pid, state: "starting" });
    const { code, stderr } = await runCli(["stop", "--force", box.sockfile]);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      `the process ${pid}, which "${path}" names, does not hold it here`,
    );
    bystander.process.kill("SIGTERM");
    const { signal } = await bystander.ended();
    assertEquals(signal, "SIGTERM"); // by this test alone
  },
});

/** Holds the lock of the daemon, as one that is starting does. */
function hold(box: Sandbox): Deno.FsFile {
  const lock = openLockfile(filesOf(box.sockfile).lock, box.sockfile).file;
  lock.lockSync(true);
  writeNote(lock, { pid: Deno.pid, state: "starting" });
  return lock;
}

/** Runs `autod stop` in this process, whose clock can be put forward, and resolves to its exit code and what it said. */
async function stopHere(box: Sandbox): Promise<[code: number, said: string]> {
  const { error } = console;
  let said = "";
  console.error = (text) => said += text;
  try {
    const args = ["stop", "--timeout", `${TIMEOUT}`, box.sockfile];
    return [await inTime(main(args), "the end of the command"), said];
  } finally {
    console.error = error;
  }
}

/** The time, and so many milliseconds more, until it is disposed of. */
class LateClock {
  lateness = 0;
  readonly #real = performance.now;

  constructor() {
    performance.now = () => this.#real.call(performance) + this.lateness;
  }

  [Symbol.dispose](): void {
    performance.now = this.#real;
  }
}
