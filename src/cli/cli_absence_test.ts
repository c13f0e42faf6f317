// What the operators' command says where nobody serves the socket, although
// there is a daemon, or something else is in its place.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { autod } from "../../mod.ts";
import { filesOf } from "../files/daemon_files.ts";
import { openLockfile, writeNote } from "../files/lockfile.ts";
import { CLI, runCli } from "../testing/cli.ts";
import { runDeno } from "../testing/command.ts";
import { Gate } from "../testing/gate.ts";
import { Sandbox } from "../testing/sandbox.ts";

/** The commands that ask a daemon, and what follows their socket. */
const ASKING: readonly (readonly [command: string, ...operands: string[]])[] = [
  ["status"],
  ["ping"],
  ["methods"],
  ["call", "add"],
];

Deno.test("autod ends with 4 while a daemon is starting, and while it is closing", async () => {
  await using box = new Sandbox();
  using imported = new Gate(box.path("imported"));
  using called = new Gate(box.path("called"));
  const { sockfile, onProcess } = box;
  const rpcfile = box.write(
    "iface.js",
    `${imported.code};
    export default () => ({ add: async () => { ${called.code} } });`,
  );
  const methods = ["add"];
  const options = { rpcfile, sockfile, onProcess, methods };
  const command = autod({ ...options, permissions: "all" });
  const pid = await imported.arrival();
  await assertNotServed(box, `${pid} is starting`);
  imported.open();
  await using daemon = await command;
  const call = daemon.rpc.add();
  await called.arrival();
  await box.request("$/shutdown");
  await assertNotServed(box, `${pid} is closing`);
  called.open();
  await call;
});

Deno.test("autod status tells of a daemon that holds its lock and has no socket", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  using lock = openLockfile(filesOf(sockfile).lock, sockfile).file;
  lock.lockSync(true);
  writeNote(lock, { pid: Deno.pid, state: "serving" });
  const { code, stdout } = await runCli(["status", "--json", sockfile]);
  assertEquals([code, JSON.parse(stdout)], [4, {
    state: "not responding",
    message:
      `Cannot ask the daemon at "${sockfile}": ${Deno.pid} holds the lock and does not serve; look again; if it goes on so, end it with: autod stop --force ${sockfile}`,
  }]);
});

async function assertNotServed(box: Sandbox, state: string): Promise<void> {
  const { sockfile } = box;
  const runs = ASKING.map(async ([command, ...operands]) => {
    const args = [command, sockfile, ...operands];
    const { code, stdout, stderr } = await runCli(args);
    assertEquals(code, 4, stdout + stderr);
    assertStringIncludes(
      stdout + stderr,
      `Cannot ask the daemon at "${sockfile}": ${state}, and serves nobody meanwhile; look again; if it goes on so, end it with: autod stop --force ${sockfile}`,
    );
  });
  await Promise.all(runs);
  // Who may not look at the lock is told what can be told without.
  const flags = [
    `--allow-read=${sockfile}`,
    `--allow-write=${sockfile}`,
    `--allow-net=unix:${sockfile}`,
  ];
  const { code, stdout } = await runDeno(
    ["run", "--no-prompt", ...flags, CLI, "status", sockfile],
  );
  assertEquals(
    [code, stdout],
    [3, `No daemon runs at "${sockfile}": there is no socket\n`],
  );
}

/** What can be in the place of a socket. */
const MISPLACED: [kind: string, make: (path: string) => void][] = [
  ["a file", (path) => Deno.writeTextFileSync(path, "")],
  ["a directory", (path) => Deno.mkdirSync(path)],
  ["a symbolic link", (path) => Deno.symlinkSync("/nowhere", path)],
];

for (const [kind, make] of MISPLACED) {
  Deno.test(`autod says what is in the place of the socket: ${kind}`, async () => {
    await using box = new Sandbox();
    const { sockfile } = box;
    make(sockfile);
    const commands = [...ASKING, ["stop"], ["stop", "--force"], ["restart"]];
    const runs = commands.map(async ([command, ...operands]) => {
      const args = [command, sockfile, ...operands];
      const { code, stdout, stderr } = await runCli(args);
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, `"${sockfile}": ${kind} is in its place`);
    });
    await Promise.all(runs);
    Deno.lstatSync(sockfile);
  });
}
