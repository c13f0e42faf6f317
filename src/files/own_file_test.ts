import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { listen } from "../../listen.ts";
import { autod, AutodError } from "../../mod.ts";
import { AutodError as UnbundledError } from "../errors.ts";
import { openOwnFile } from "./own_file.ts";
import { jobArgs, Running, runProgram } from "../testing/command.ts";
import { counterIn } from "../testing/counter.ts";
import { leastToStart } from "../testing/flags.ts";
import { namesIn } from "../testing/names_in.ts";
import { Sandbox } from "../testing/sandbox.ts";
import {
  canDropPowers,
  failureWithoutPowers,
  giveAway,
  isRoot,
  OTHER,
} from "../testing/users.ts";

/** What may be in the place of a file, how it gets there, and what it is called. */
const OBSTACLES: Record<string, (path: string, precious: string) => void> = {
  "is a symbolic link": (path, precious) => Deno.symlinkSync(precious, path),
  "is a symbolic link, to nothing": (path, precious) =>
    Deno.symlinkSync(`${precious}.missing`, path),
  "is a hard link": (path, precious) => Deno.linkSync(precious, path),
  "is a directory": (path) => Deno.mkdirSync(path),
  "is a device or pipe": (path) => {
    new Deno.Command("mkfifo", { args: [path] }).outputSync();
  },
};

for (const file of ["lock", "spawn", "log"]) {
  for (const [state, put] of Object.entries(OBSTACLES)) {
    Deno.test(`autod() refuses a .${file} that ${state}, and leaves it`, async () => {
      await using box = new Sandbox();
      const options = { ...counterIn(box), onProcess: box.onProcess };
      const precious = box.write("precious", "text");
      const path = `${box.sockfile}.${file}`;
      put(path, precious);
      const { ino, mode } = Deno.lstatSync(path);

      const error = await assertRejects(() => autod(options), AutodError);

      assertEquals(error.code, "unsafe-place", error.message);
      assertStringIncludes(error.message, `"${path}" ${state.split(",")[0]}`);
      assertStringIncludes(error.message, "remove it");
      const after = Deno.lstatSync(path);
      assertEquals([after.ino, after.mode], [ino, mode]);
      assertEquals(Deno.readTextFileSync(precious), "text");
      assert(!namesIn(box.dir).includes("precious.missing"));
      await box.onlyDaemon();
    });
  }

  Deno.test({
    name: `autod() knows a .${file} of another user with the least permissions`,
    ignore: !canDropPowers,
    async fn() {
      await using box = new Sandbox();
      Deno.chmodSync(box.dir, 0o1777);
      const path = box.write(`d.sock.${file}`, "");
      giveAway(path);
      Deno.chmodSync(path, 0o666);
      const { code, message } = await failureWithoutPowers(
        { options: counterIn(box) },
        leastToStart(box.sockfile),
      );
      assertEquals(code, "unsafe-place", message);
      assertStringIncludes(message, `"${path}" belongs to another user`);
      assertEquals(Deno.readTextFileSync(path), "");
      await box.onlyDaemon();
    },
  });
}

for (const file of ["lock", "spawn"]) {
  // The daemon of root's may not ask who it is, and sees it by what it makes.
  Deno.test({
    name: `autod() of root's refuses a .${file} of another user`,
    ignore: !isRoot,
    async fn() {
      await using box = new Sandbox();
      const path = box.write(`d.sock.${file}`, "");
      giveAway(path);
      const options = { ...counterIn(box), onProcess: box.onProcess };
      const error = await assertRejects(() => autod(options), AutodError);
      assertEquals(error.code, "unsafe-place");
      assertStringIncludes(
        error.message,
        `"${path}" belongs to another user (${OTHER})`,
      );
      const names = namesIn(box.dir);
      for (const socket of ["d.sock", "d.sock.new"]) {
        assert(!names.includes(socket), `${names}`);
      }
      await box.onlyDaemon();
    },
  });
}

Deno.test("autod() leaves nothing that others may read, whatever the umask is", async () => {
  await using box = new Sandbox();
  const pidfile = box.path("d.pid");
  const { sockfile } = box;
  const job = {
    options: { ...counterIn(box), pidfile },
    calls: [["add", 1]] as const,
  };
  const command = [Deno.execPath(), ...jobArgs(job)];
  const { stdout } = await runProgram("/bin/sh", [
    "-c",
    'umask 0; exec "$@"',
    "sh",
    ...command,
  ]);
  assertEquals(JSON.parse(stdout).answers, [1]);
  const files = ["", ".lock", ".spawn", ".log"].map((end) => sockfile + end);
  for (const path of [...files, pidfile]) {
    assertEquals(Deno.lstatSync(path).mode! & 0o777, 0o600, path);
  }
});

Deno.test("openOwnFile() refuses a link that is put in the place of a file while it is opened", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const precious = box.write("precious", "text");
  const path = box.write("d.sock.lock", "");
  const { lstatSync } = Deno;
  using _restored = { [Symbol.dispose]: () => Deno.lstatSync = lstatSync };
  // The moment between the look at the file and its opening.
  Deno.lstatSync = (...args) => {
    const info = lstatSync(...args);
    if (info.isFile) {
      Deno.removeSync(path);
      Deno.symlinkSync(precious, path);
    }
    return info;
  };
  assertThrows(
    () => openOwnFile({ path, sockfile }, { read: true, write: true }),
    UnbundledError,
    `"${path}" is a symbolic link`,
  );
});

for (const mode of [0o777, 0o755]) {
  Deno.test(`openOwnFile() writes through no link that is there for a moment, in a directory of the mode 0${mode.toString(8)}`, async () => {
    await using box = new Sandbox();
    const precious = box.write("precious", "text");
    const directory = box.path("shared");
    Deno.mkdirSync(directory);
    Deno.chmodSync(directory, mode);
    const sockfile = `${directory}/d.sock`;
    const path = `${sockfile}.lock`;
    Deno.writeTextFileSync(path, "", { mode: 0o600 });
    const script = box.write(
      "open.ts",
      `import { openLockfile, writeNote } from ${
        JSON.stringify(import.meta.resolve("./lockfile.ts"))
      };
    const [sockfile] = Deno.args;
    const { openSync } = Deno;
    const ask = (what) => {
      Deno.stdout.writeSync(new TextEncoder().encode(what + "\\n"));
      Deno.stdin.readSync(new Uint8Array(1));
    };
    Deno.openSync = (...args) => {
      ask("swap");
      try {
        return openSync(...args);
      } finally {
        ask("back");
      }
    };
    try {
      writeNote(openLockfile(sockfile + ".lock", sockfile).file, { pid: 1 });
      ask("written");
    } catch {
      ask("refused");
    }`,
    );
    // In one that others can change, what it may look at is no help to it.
    const permitted = mode === 0o777 ? directory : `${sockfile},${path}`;
    await using victim = new Running(Deno.execPath(), [
      "run",
      "--no-prompt",
      "--no-check",
      `--allow-read=${permitted}`,
      `--allow-write=${permitted}`,
      script,
      sockfile,
    ]);
    const writer = victim.process.stdin.getWriter();
    const steps: Record<string, () => void> = {
      swap() {
        Deno.renameSync(path, `${path}.kept`);
        Deno.symlinkSync(precious, path);
      },
      back() {
        Deno.renameSync(`${path}.kept`, path);
      },
    };
    let step = await victim.line();
    for (; step in steps; step = await victim.line()) {
      steps[step]();
      await writer.write(new Uint8Array(1));
    }
    await writer.close();
    assertEquals(step, "refused");
    assertEquals(Deno.readTextFileSync(precious), "text");
  });
}

Deno.test("autod() takes /dev/null as logfile", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using daemon = await autod({ ...options, logfile: "/dev/null" });
  assertEquals(await daemon.rpc.add(1), 1);
});

for (const what of ["a file", "a symbolic link"] as const) {
  Deno.test(`listen() leaves ${what} where its socket is made`, async () => {
    await using box = new Sandbox();
    const { sockfile } = box;
    const precious = box.write("precious", "text");
    const path = `${sockfile}.new`;
    if (what === "a file") Deno.renameSync(precious, path);
    else Deno.symlinkSync(precious, path);
    const server = listen(() => ({}), { sockfile });
    const error = await assertRejects(() => server.ready, AutodError);
    await server.closed;
    assertEquals(error.code, "not-a-socket");
    assertStringIncludes(error.message, `${what} is at "${path}"`);
    assertEquals(Deno.readTextFileSync(path), "text");
  });
}
