// Runs examples/foreground as a supervisor would.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { lack, testUnless } from "../interop/needs.ts";
import { block, RunningScript, sh, transcript } from "../src/testing/readme.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const README = "examples/foreground/README.md";
const SETUP = block("<!-- foreground -->", "sh", README);
const ROOT = fromFileUrl(new URL("../", import.meta.url));
const UNIT = `${ROOT}examples/foreground/counter.service`;

/** What `serve.ts` leaves in its directory. */
function files(box: Sandbox): string[] {
  return Array.from(Deno.readDirSync(box.path("counter")), ({ name }) => name)
    .toSorted();
}

function pidIn(box: Sandbox): number {
  return Number(Deno.readTextFileSync(box.path("counter/counter.pid")));
}

function counter(box: Sandbox, command: string) {
  return sh(box, `${SETUP}\ncounter ${command}`);
}

Deno.test("examples/foreground/serve.ts serves from ready to SIGTERM, and again at once", async () => {
  await using box = new Sandbox();
  await using served = new RunningScript(
    box,
    `${SETUP}\nserve; echo "code $?"; serve`,
  );
  await served.lines(1);
  const pid = pidIn(box);
  assertEquals(await counter(box, "add 2"), {
    code: 0,
    stdout: "2\n",
    stderr: "",
  });
  Deno.kill(pid, "SIGTERM");
  const lines = await served.lines(3);
  const next = pidIn(box);
  assertEquals(lines, [
    `counter: ready, with the pid ${pid}`,
    "code 0",
    `counter: ready, with the pid ${next}`,
  ]);
  assertEquals((await counter(box, "get")).stdout, "0\n");
  Deno.kill(next, "SIGTERM");
  assertEquals((await served.ended()).code, 0);
  assertEquals(files(box), ["counter.sock.lock"]);
});

Deno.test("examples/foreground/serve.ts leaves a socket to the one that serves it, with code 69", async () => {
  await using box = new Sandbox();
  await using served = new RunningScript(box, `${SETUP}\nserve`);
  await served.lines(1);
  const pid = pidIn(box);
  await counter(box, "add 2");
  const { code, stdout, stderr } = await sh(box, `${SETUP}\nserve`);
  assertEquals([code, stdout], [69, ""]);
  const socket = box.path("counter/counter.sock");
  assertEquals(
    stderr,
    `counter: Cannot listen on "${socket}": the daemon with the pid ${pid} serves it already\n`,
  );
  assertEquals((await counter(box, "get")).stdout, "2\n");
  assertEquals(pidIn(box), pid);
});

Deno.test("examples/foreground/serve.ts says what it cannot do, with code 1", async () => {
  await using box = new Sandbox();
  const missing = box.path("missing");
  const { code, stdout, stderr } = await sh(
    box,
    `XDG_RUNTIME_DIR=${missing}\n${SETUP}\nserve`,
  );
  assertEquals([code, stdout], [1, ""]);
  assertMatch(
    stderr,
    /^counter: Cannot make the directory ".*missing\/counter": /,
  );
});

Deno.test("examples/foreground prints what its README shows", async () => {
  await using box = new Sandbox();
  const [start, add, again, kill, ...more] = transcript(
    "<!-- foreground -->",
    README,
  );
  assertEquals([start.command, more], ["serve &", []]);
  await using served = new RunningScript(
    box,
    `${SETUP}\n${start.command}\nwait $!`,
  );
  await served.lines(1);
  const asShown = (text: string) =>
    text.replaceAll(String(pidIn(box)), "4711")
      .replaceAll(box.dir, "/run/user/1000");
  assertEquals((await served.lines(1)).map(asShown), [start.output.trim()]);
  for (const { command, output } of [add, again]) {
    const { stdout } = await sh(box, `${SETUP}\n${command} 2>&1`);
    assertEquals(asShown(stdout), output);
  }
  assertEquals(await sh(box, `${SETUP}\n${kill.command}`), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  assertEquals((await served.ended()).code, 0);
});

Deno.test("examples/foreground/cmd.ts starts no daemon", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await counter(box, "add 2");
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^counter: Cannot connect to ".*": no daemon runs/);
  for (const wrong of ["", "add", "add two", "get 1", "add 1 2", "close"]) {
    const { code, stdout, stderr } = await counter(box, wrong);
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr, "Usage: cmd.ts add N | get\n");
  }
  assertEquals(box.daemons(), []);
});

/** A home where the unit finds deno and this checkout. */
function makeHome(box: Sandbox): string {
  const home = box.path("home");
  Deno.mkdirSync(`${home}/.deno/bin`, { recursive: true });
  Deno.symlinkSync(Deno.execPath(), `${home}/.deno/bin/deno`);
  Deno.symlinkSync(ROOT, `${home}/autod`);
  return home;
}

/** The settings of the unit's service, as systemd expands them in the sandbox. */
function service(box: Sandbox): Record<string, string> {
  const home = makeHome(box);
  const text = Deno.readTextFileSync(UNIT).replaceAll("\\\n", "");
  const lines = text.matchAll(/^(\w+)=(.*)$/gm);
  return Object.fromEntries(Array.from(lines, ([, name, value]) => {
    const expanded = value.replaceAll("%h", home).replaceAll("%t", box.dir);
    return [name, expanded];
  }));
}

Deno.test("examples/foreground/counter.service has the flags that the daemon needs, and knows when it is ready", async () => {
  await using box = new Sandbox();
  const { ExecStart, ExecStartPost, RuntimeDirectory } = service(box);
  Deno.mkdirSync(box.path(RuntimeDirectory), { mode: 0o700 });
  await using served = new RunningScript(box, `exec ${ExecStart}`);
  const wait = async (pid: number) => {
    const script = `export MAINPID=${pid}\n${ExecStartPost}`;
    await using waiting = new RunningScript(box, script);
    return (await waiting.ended()).code;
  };
  assertEquals(await wait(served.pid), 0);
  assertEquals(pidIn(box), served.pid);
  assertEquals((await counter(box, "add 2")).stdout, "2\n");
  // The pidfile is there, and is that of another one, which has ended.
  assertEquals(await wait(2 ** 22 + 1), 1);
  Deno.kill(served.pid, "SIGTERM");
  assertEquals((await served.ended()).code, 0);
});

Deno.test("examples/foreground/counter.service says of serve.ts what that says of itself", async () => {
  await using box = new Sandbox();
  const settings = service(box);
  const source = Deno.readTextFileSync(`${ROOT}examples/foreground/serve.ts`);
  const number = (pattern: RegExp) => Number(pattern.exec(source)?.[1]);
  assertEquals(
    Number(settings.RestartPreventExitStatus),
    number(/EX_UNAVAILABLE = (\d+)/),
  );
  assert(
    Number(settings.TimeoutStopSec) * 1000 > number(/drainTimeout: (\d+)/),
  );
});

testUnless(
  await lack("systemd-analyze"),
  "examples/foreground/counter.service is a unit that systemd takes",
  async () => {
    await using box = new Sandbox();
    const command = `systemd-analyze --user verify ${UNIT}`;
    assertEquals(
      await sh(box, `HOME=${makeHome(box)}\n${command}`),
      { code: 0, stdout: "", stderr: "" },
    );
  },
);
