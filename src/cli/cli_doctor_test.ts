// What `autod doctor` finds where no command can start a daemon, and in a log
// that daemons before have written to: the rest is in cli_test.ts.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { toFileUrl } from "@std/path";
import { autod } from "../../mod.ts";
import { openLockfile, writeNote } from "../files/lockfile.ts";
import { CLI, CLI_COMMAND, runCli } from "../testing/cli.ts";
import { runProgram } from "../testing/command.ts";
import { counterIn } from "../testing/counter.ts";
import { FakeDaemon } from "../testing/fake_daemon.ts";
import { readmeFlags } from "../testing/pasted.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { isRoot } from "../testing/users.ts";

/** Lets root be nobody in particular, who still owns root's files. */
const AS_NOBODY = ["unshare", "--user"];
/** Lets anybody mount file systems, for what it runs alone. */
const WITH_MOUNTS = ["unshare", "--map-root-user", "--mount"];

function works([program, ...args]: string[]): boolean {
  try {
    return new Deno.Command(program, { args: [...args, "true"] }).outputSync()
      .success;
  } catch {
    return false; // it is not there
  }
}

Deno.test({
  name: "autod doctor finds that the user cannot write to the directory",
  ignore: isRoot && !works(AS_NOBODY),
  async fn() {
    await using box = new Sandbox();
    const dir = box.path("place");
    for (const mode of [0o500, 0o600]) {
      Deno.mkdirSync(dir);
      Deno.chmodSync(dir, mode);
      const [program, ...args] = [
        ...isRoot ? AS_NOBODY : [],
        ...CLI_COMMAND,
        "doctor",
        `${dir}/d.sock`,
      ];
      const { code, stdout } = await runProgram(program, args);
      assertEquals(code, 1);
      assertMatch(
        stdout,
        new RegExp(
          `^wrong +directory ".*/place": you cannot make files in it, mode ${
            mode.toString(8)
          }, owner \\d+\n +choose another, or allow it with: chmod u\\+wx ${dir}$`,
          "m",
        ),
      );
      Deno.chmodSync(dir, 0o700);
      Deno.removeSync(dir);
    }
  },
});

for (
  const [what, isAllowedAll] of [
    ["by the directory", true],
    ["by the lock, as only that is permitted", false],
  ] as const
) {
  Deno.test({
    name: `autod doctor finds that nothing can be written there, ${what}`,
    ignore: !works(WITH_MOUNTS),
    async fn() {
      await using box = new Sandbox();
      const [D, S] = [box.dir, box.sockfile];
      const flags = isAllowedAll
        ? ["--allow-all"]
        : readmeFlags("find out what is wrong", { S, D });
      const [program, ...args] = [
        ...WITH_MOUNTS,
        "sh",
        "-c",
        `mount -t tmpfs -o mode=700 none "$0"
        ${isAllowedAll ? "" : 'touch "$0/d.sock.lock"'}
        mount -o remount,ro "$0"
        exec "$@"`,
        D,
        Deno.execPath(),
        ...["run", "--no-prompt", ...flags, CLI, "doctor", S],
      ];
      const { code, stdout } = await runProgram(program, args);
      assertEquals(code, 1);
      assertMatch(
        stdout,
        /^wrong +directory ".*": its file system is read-only\n +choose another/m,
      );
    },
  });
}

Deno.test("autod doctor leaves a directory as it was", async () => {
  await using box = new Sandbox();
  const dir = box.path("place");
  Deno.mkdirSync(dir);
  const times = () => {
    const { atime, mtime } = Deno.statSync(dir);
    return [atime, mtime];
  };
  Deno.utimeSync(dir, 1000, 2000);
  const before = times();
  assertEquals((await runCli(["doctor", `${dir}/d.sock`])).code, 0);
  assertEquals([times(), [...Deno.readDirSync(dir)]], [before, []]);
});

Deno.test("autod doctor asks the daemon once, which may be waited for in vain", async () => {
  await using box = new Sandbox();
  await using mute = new FakeDaemon(box.sockfile, () => Promise.resolve());
  const args = ["doctor", "--timeout", "100", box.sockfile];
  assertEquals((await runCli(args)).code, 1);
  assertEquals(mute.connections, 1);
});

Deno.test("autod doctor promises no daemon where none can start", async () => {
  await using box = new Sandbox();
  Deno.chmodSync(box.dir, 0o777);
  const open = await runCli(["doctor", box.sockfile]);
  assertMatch(
    open.stdout,
    /^warning daemon: none runs, and none can start before that is mended$/m,
  );
  Deno.chmodSync(box.dir, 0o700);
  box.write("d.sock", "");
  const { code, stdout } = await runCli(["doctor", "--json", box.sockfile]);
  const findings: { what: string; state: string }[] =
    JSON.parse(stdout).findings;
  assertEquals(code, 1);
  assertEquals(
    findings.filter(({ state }) => state === "wrong").map(({ what }) => what),
    [`socket "${box.sockfile}"`],
  );
  assertEquals(findings.some(({ what }) => what === "daemon"), false);
});

Deno.test("autod doctor tells of the last error of the daemon that runs, or ran last", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  const rpcfile = box.write(
    "iface.js",
    `export default (server) => ({
      print: (text) => console.log(text),
      close: () => server.close(),
    });`,
  );
  const methods = ["print", "close"] as const;
  const options = { rpcfile, sockfile, onProcess, methods };
  const lookAtLog = async () => {
    const { stdout } = await runCli(["doctor", sockfile]);
    return /^.* log ".*": (.*)$/m.exec(stdout)?.[1];
  };
  const log = `${sockfile}.log`;
  Deno.writeTextFileSync(log, "Fatal: out of memory\n", { mode: 0o600 });
  assertEquals(await lookAtLog(), "its last error is: Fatal: out of memory");
  await using first = await autod(options);
  const { pid } = first.connection;
  assertEquals(await lookAtLog(), "it has no error");
  await first.rpc.print("RangeError: a tab\nand more");
  assertMatch(
    `${await lookAtLog()}`,
    new RegExp(`^its last error is: \\S+Z ${pid} RangeError: a tab$`),
  );
  await first.rpc.close();
  await box.released();
  await using second = await autod(options);
  assertEquals(await lookAtLog(), "it has no error");
  await second.rpc.close();
  await box.released();
  assertEquals(await lookAtLog(), "it has no error");
  Deno.writeTextFileSync(log, "Fatal: its last words\n", { append: true });
  assertEquals(await lookAtLog(), "its last error is: Fatal: its last words");
});

Deno.test("autod doctor names the command that is starting a daemon", async () => {
  await using box = new Sandbox();
  const path = `${box.sockfile}.spawn`;
  using lock = openLockfile(path, box.sockfile).file;
  lock.lockSync(true);
  writeNote(lock, { pid: 1, starter: Deno.pid });
  const { stdout } = await runCli(["doctor", box.sockfile]);
  assertStringIncludes(
    stdout,
    `lock "${path}": held by a command that starts the daemon, pid ${Deno.pid}\n`,
  );
});

Deno.test("autod doctor finds a daemon whose rpcfile has changed since a start that could not read it", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  const version = toFileUrl(`${options.rpcfile}`).href;
  await using _daemon = await autod({ ...options, version });
  const later = Date.now() / 1000 + 10;
  Deno.utimeSync(options.rpcfile, later, later);
  const { code, stdout } = await runCli(["doctor", box.sockfile]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "its rpcfile has changed since");
});

Deno.test("autod doctor warns of a log that was removed", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using _daemon = await autod(options);
  Deno.removeSync(`${box.sockfile}.log`);
  const { stdout } = await runCli(["doctor", box.sockfile]);
  assertStringIncludes(
    stdout,
    "it was removed: what the daemon prints is lost",
  );
});
