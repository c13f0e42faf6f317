import { assert, assertEquals } from "@std/assert";
import { assertStringIncludes, assertThrows } from "@std/assert";
import type { AutodOptions } from "../../mod.ts";
import { answerOf, type Job, jobArgs, runProgram } from "../testing/command.ts";
import { Running, startCommand } from "../testing/command.ts";
import { counterIn } from "../testing/counter.ts";
import { Gate } from "../testing/gate.ts";
import { has } from "../testing/has.ts";
import { whenUnlocked } from "../testing/locks.ts";
import { quoted } from "../testing/pasted.ts";
import { statOf } from "../testing/process_stat.ts";
import { Sandbox } from "../testing/sandbox.ts";

/** The next command finds the daemon `pid`, whose counter stands at `count` before. */
async function assertLives(
  box: Sandbox,
  pid: number,
  count: number,
): Promise<void> {
  const calls = [["add", 1]] as const;
  const told = await answerOf({ options: counterIn(box), calls });
  const answers = [count + 1];
  assertEquals(told, { event: "answered", pid, spawned: false, answers });
  assertEquals(box.daemons(), [pid]);
}

/** No signal to the group or terminal of a command can reach the daemon. */
function assertOnItsOwn(pid: number): void {
  const [_state, _parent, group, session, terminal] = statOf(pid).map(Number);
  assertEquals({ group, session, terminal }, {
    group: pid,
    session: pid,
    terminal: 0,
  });
}

// How a shell waits for all that a command and what it starts could still print.
const SHELLS: [string, string, Partial<AutodOptions>][] = [
  ["$(…)", 'x=$("$@"); echo "$x"', {}],
  ["$(… 2>&1)", 'x=$("$@" 2>&1); echo "$x"', {}],
  ["a pipe", '"$@" | cat', {}],
  ["a pipe of both outputs", '"$@" 2>&1 | cat', {}],
  ["$(… 2>&1) with debug", 'x=$("$@" 2>&1); echo "$x"', { debug: true }],
  ["a while loop", '"$@" | while read line; do echo "$line"; done', {}],
];

for (const [what, text, extra] of SHELLS) {
  Deno.test(`autod() lets the shell go on after ${what}, while the daemon lives`, async () => {
    await using box = new Sandbox();
    const options = { ...counterIn(box), ...extra };
    const args = jobArgs({ options, calls: [["add", 2]] });

    // Resolves when nobody can write into the shell's output any more.
    const { code, stdout, stderr } = await runProgram("sh", [
      "-c",
      `${text}; echo the end`,
      "sh",
      Deno.execPath(),
      ...args,
    ]);

    assertEquals([code, stderr], [0, ""]);
    const lines = stdout.trim().split("\n");
    assertEquals(lines.at(-1), "the end");
    const told = JSON.parse(lines.at(-2)!);
    const { pid } = told;
    assertEquals(told, { event: "answered", pid, spawned: true, answers: [2] });
    await assertLives(box, pid, 2);
  });
}

Deno.test("autod() lets a command end although the daemon's output is read", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    `export default () => ({ say: () => console.log("said") });`,
  );
  const { sockfile } = box;
  const options = { rpcfile, sockfile, methods: ["say"], debug: true };
  const { code, stderr } = await runProgram(
    Deno.execPath(),
    jobArgs({ options, calls: [["say"]] }),
  );
  assertEquals(code, 0);
  assert(stderr.endsWith("said\n"), stderr);
  assertEquals(box.daemons().length, 1);
});

Deno.test("autod() starts a daemon with a session of its own", async () => {
  await using box = new Sandbox();
  const { pid } = await answerOf({ options: counterIn(box) });
  assertOnItsOwn(pid);
});

for (const signal of ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test(`autod() starts a daemon that outlives a ${signal} to its first caller`, async () => {
    await using box = new Sandbox();
    const job: Job = {
      options: counterIn(box),
      calls: [["add", 2]],
      hold: true,
    };
    await using first = startCommand(job);
    const { pid } = await first.tells("answered");
    first.process.kill(signal);
    assertEquals((await first.ended()).signal, signal);
    await assertLives(box, pid, 2);
  });

  Deno.test(`autod() starts a daemon that outlives a ${signal} to its caller's process group`, async () => {
    await using box = new Sandbox();
    const job: Job = {
      options: counterIn(box),
      calls: [["add", 2]],
      hold: true,
    };
    await using first = startCommand(job, { detached: true });
    const { pid } = await first.tells("answered");
    assertOnItsOwn(pid);
    Deno.kill(-first.process.pid, signal);
    assertEquals((await first.ended()).signal, signal);
    await assertLives(box, pid, 2);
  });
}

Deno.test("autod() starts a daemon that outlives an interrupted shell pipeline", async () => {
  await using box = new Sandbox();
  const job: Job = { options: counterIn(box), calls: [["add", 2]], hold: true };
  const args = ["-c", '"$@" | cat', "sh", Deno.execPath(), ...jobArgs(job)];
  await using shell = new Running("sh", args, { detached: true });
  const { pid } = await shell.tells("answered");
  Deno.kill(-shell.process.pid, "SIGINT");
  await shell.ended();
  await assertLives(box, pid, 2);
});

Deno.test({
  name: "autod() starts a daemon that outlives the terminal of its caller",
  ignore: !await has("script", "--version"),
  async fn() {
    await using box = new Sandbox();
    const job: Job = {
      options: counterIn(box),
      calls: [["add", 2]],
      hold: true,
    };
    // Nobody waits for the command, but its lock tells when it has ended.
    const lock = box.write("held", "");
    const words = [Deno.execPath(), ...jobArgs({ ...job, lock })];
    await using terminal = new Running("script", [
      "-qec",
      `echo on a $(tty); exec ${words.map(quoted).join(" ")}`,
      "/dev/null",
    ]);
    assert((await terminal.line()).startsWith("on a /dev/"));
    const { pid } = await terminal.tells("answered");
    assertOnItsOwn(pid);
    // Whoever has the other end of the terminal dies: all on it are hung up.
    terminal.process.kill("SIGKILL");
    await terminal.ended();
    await whenUnlocked(lock);
    await assertLives(box, pid, 2);
  },
});

/** An rpcfile that can be held while it is imported, and tells who it is. */
function slowIn(box: Sandbox, gate: Gate): AutodOptions {
  const rpcfile = box.write(
    "slow.ts",
    `${gate.code};
    let n = 0;
    export default () => ({ add: (m) => n += m });`,
  );
  const { sockfile } = box;
  const { permissions } = gate;
  return { rpcfile, sockfile, permissions, methods: ["add"] };
}

Deno.test("autod() starts a daemon that serves although its caller died while it was imported", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const options = slowIn(box, gate);
  await using first = startCommand({ options });
  const pid = await gate.arrival();
  first.process.kill("SIGKILL");
  await first.ended();

  gate.open();

  const next = await answerOf({ options, calls: [["add", 1]] });
  assertEquals(next.answers, [1]);
  const again = await answerOf({ options, calls: [["add", 1]] });
  assertEquals(again.answers, [2]);
  // Whoever came to the lock first serves; the other one is gone.
  assertEquals(next.pid, pid);
  await box.onlyDaemon(pid);
});

Deno.test("autod() waits for a daemon that is imported although its caller died", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const options = slowIn(box, gate);
  await using first = startCommand({ options });
  const pid = await gate.arrival();
  first.process.kill("SIGKILL");
  await first.ended();
  await using next = startCommand({
    options,
    calls: [["add", 1]],
    tellProcess: true,
  });
  await next.tells("process");

  gate.open();

  assertEquals(await next.tells("answered"), {
    event: "answered",
    pid,
    spawned: false,
    answers: [1],
  });
  await box.onlyDaemon(pid);
});

Deno.test("autod() starts a daemon that gives up in time when its caller died and its import hangs", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const options = { ...slowIn(box, gate), timeout: 1000 };
  await using first = startCommand({ options });
  await gate.arrival();
  first.process.kill("SIGKILL");
  await first.ended();

  await whenUnlocked(`${box.sockfile}.lock`);
  await box.onlyDaemon();

  gate.open();
  const { answers } = await answerOf({ options, calls: [["add", 1]] });
  assertEquals(answers, [1]);
});

Deno.test("autod() lets an interrupted caller's daemon go on with its import", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const options = slowIn(box, gate);
  await using first = startCommand({ options }, { detached: true });
  const pid = await gate.arrival();
  Deno.kill(-first.process.pid, "SIGINT");
  assertEquals((await first.ended()).signal, "SIGINT");
  gate.open();
  const next = await answerOf({ options, calls: [["add", 1]] });
  assertEquals([next.pid, next.answers], [pid, [1]]);
});

Deno.test("autod() starts a daemon that closes by autoclose although its caller died before it connected", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const options = { ...slowIn(box, gate), autoclose: 1 };
  await using first = startCommand({ options });
  const pid = await gate.arrival();
  first.process.kill("SIGKILL");
  await first.ended();
  gate.open();

  await whenUnlocked(`${box.sockfile}.lock`);

  await box.onlyDaemon();
  assertThrows(() => Deno.lstatSync(box.sockfile), Deno.errors.NotFound);
  const log = Deno.readTextFileSync(`${box.sockfile}.log`);
  assertStringIncludes(log, `${pid} Serving "${box.sockfile}"`);
});
