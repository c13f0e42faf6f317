import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { join, relative, toFileUrl } from "@std/path";
import { autod } from "../mod.ts";
import { answerOf, LIBRARY, runProgram } from "../src/testing/command.ts";
import { DELAYS } from "../src/testing/delays.ts";
import { ended } from "../src/testing/ended.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const CLOSE = "export default (server) => ({ close: () => server.close() });";

Deno.test("autod() runs the daemon by execPath", async () => {
  await using box = new Sandbox();
  const marker = box.path("marker");
  const execPath = box.write(
    "exec.sh",
    `#!/bin/sh\necho "$1" > '${marker}'\nexec '${Deno.execPath()}' "$@"\n`,
  );
  Deno.chmodSync(execPath, 0o700);
  const rpcfile = box.write("iface.ts", CLOSE);
  const { sockfile, onProcess } = box;
  await using _daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    execPath,
    methods: [],
  });
  assertEquals(Deno.readTextFileSync(marker), "run\n");
});

Deno.test("autod() gives each daemon the main module of the one before, which Deno knows", async () => {
  await using box = new Sandbox();
  const main = box.path("main.js");
  const execPath = box.write(
    "exec.sh",
    `#!/bin/sh\ncat > '${main}'\nexec '${Deno.execPath()}' "$@" < '${main}'\n`,
  );
  Deno.chmodSync(execPath, 0o700);
  const rpcfile = box.write("iface.ts", CLOSE);
  const { sockfile, onProcess } = box;
  const options = { rpcfile, sockfile, onProcess, execPath, methods: [] };
  const start = async () => {
    await using daemon = await autod({ ...options, timeout: 300_000 });
    assert(daemon.connection.spawned);
    return Deno.readTextFileSync(main);
  };
  const first = await start();
  await box.stop();
  assertEquals(await start(), first);
});

Deno.test("autod() takes a relative execPath from the command's own working directory", async () => {
  await using box = new Sandbox();
  Deno.symlinkSync(Deno.execPath(), box.path("my-deno"));
  const rpcfile = box.write("a/b/c/d/e/iface.ts", CLOSE);
  const { sockfile, onProcess } = box;
  const execPath = relative(Deno.cwd(), box.path("my-deno"));
  const options = { rpcfile, sockfile, onProcess, execPath, methods: [] };
  await using daemon = await autod(options);
  assert(daemon.connection.spawned);
});

Deno.test({
  name:
    "autod() runs the daemon by the deno that has replaced the command's own",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using box = new Sandbox();
    const [deno, upgrade] = [box.path("deno"), box.path("upgrade")];
    for (const path of [deno, upgrade]) {
      Deno.copyFileSync(Deno.execPath(), path);
    }
    const rpcfile = box.write("iface.ts", CLOSE);
    const options = { rpcfile, sockfile: box.sockfile, methods: ["close"] };
    const command = box.write(
      "command.ts",
      `import { autod } from "${LIBRARY}";
      Deno.renameSync(${JSON.stringify(upgrade)}, ${JSON.stringify(deno)});
      await using daemon = await autod(${JSON.stringify(options)});
      console.log(daemon.connection.spawned);`,
    );
    const { stdout, stderr } = await runProgram(deno, ["run", "-A", command]);
    assertEquals([stdout, stderr], ["true\n", ""]);
  },
});

const CWD = "export default () => ({ cwd: () => Deno.cwd() });";

Deno.test("autod() starts the daemon in the folder of the rpcfile", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("a %41 b/iface.ts", CWD);
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    permissions: "all",
    methods: ["cwd"],
  });
  assertEquals(await daemon.rpc.cwd(), Deno.realPathSync(box.path("a %41 b")));
});

for (const toCwd of [(path: string) => path, toFileUrl]) {
  Deno.test(`autod() starts the daemon in cwd, ${toCwd === toFileUrl ? "a URL" : "a path"}`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", CWD);
    const folder = join(box.write("a folder/file", ""), "..");
    const { sockfile, onProcess } = box;
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      cwd: toCwd(folder),
      permissions: "all",
      methods: ["cwd"],
    });
    assertEquals(await daemon.rpc.cwd(), Deno.realPathSync(folder));
  });
}

const ENV = "export default () => ({ env: () => Deno.env.toObject() });";

Deno.test("autod() gives the daemon env instead of its starter's environment", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", ENV);
  const { sockfile, onProcess } = box;
  Deno.env.set("AUTOD_TEST_STARTER", "here");
  await using daemon = await autod<{ env(): Record<string, string> }>({
    rpcfile,
    sockfile,
    onProcess,
    env: { HOME: box.dir, ONLY: "a=b c" },
    permissions: { env: true },
    methods: ["env"],
  });
  // Not compared as a whole: Deno adds variables of its own.
  const env = await daemon.rpc.env();
  assertEquals(env.ONLY, "a=b c");
  assertEquals(env.AUTOD_TEST_STARTER, undefined);
});

for (const run of [["true"], { allow: true, deny: ["false"] }] as const) {
  const said = JSON.stringify(run);
  Deno.test(`autod() lets the daemon run what it is granted, whatever loader variables its starter has: ${said}`, async () => {
    await using box = new Sandbox();
    const code = "new Deno.Command('true').outputSync().code";
    const rpcfile = box.write(
      "iface.ts",
      `export default () => ({ run: () => ${code} });`,
    );
    const { sockfile } = box;
    const options = {
      rpcfile,
      sockfile,
      permissions: { run },
      methods: ["run"],
    };
    const { answers } = await answerOf({ options, calls: [["run"]] }, {
      env: { LD_LIBRARY_PATH: "/nowhere" },
    });
    assertEquals(answers, [0]);
  });
}

Deno.test("autod() gives the daemon the environment of its starter", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", ENV);
  const { sockfile, onProcess } = box;
  Deno.env.set("AUTOD_TEST_STARTER", "here");
  await using daemon = await autod<{ env(): Record<string, string> }>({
    rpcfile,
    sockfile,
    onProcess,
    permissions: { env: true },
    methods: ["env"],
  });
  assertEquals((await daemon.rpc.env()).AUTOD_TEST_STARTER, "here");
});

Deno.test("autod() ends the process of a closed daemon, whatever runs in it", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", `setInterval(() => {}, 10);\n${CLOSE}`);
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    methods: ["close"],
  });
  await daemon.rpc.close();
  assertEquals((await ended(daemon.process)).code, 0);
});

Deno.test("autod() lets a daemon's code hear that its server has closed", async () => {
  await using box = new Sandbox();
  const done = box.path("done");
  const rpcfile = box.write(
    "iface.ts",
    `export default (server) => ({
      close: () => {
        server.closed.then(() =>
          Deno.writeTextFileSync(${JSON.stringify(done)}, "done")
        );
        server.close();
      },
    });`,
  );
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    permissions: { write: [done] },
    methods: ["close"],
  });
  await daemon.rpc.close();
  assertEquals((await ended(daemon.process)).code, 0);
  assertEquals(Deno.readTextFileSync(done), "done");
});

Deno.test("autod() lets a closed daemon finish with exit: false", async () => {
  await using box = new Sandbox();
  const done = box.path("done");
  const rpcfile = box.write(
    "iface.ts",
    `export default (server) => ({
      close: () => {
        server.close();
        server.closed.then(() => {
          let left = 3;
          const timer = setInterval(() => {
            if (--left > 0) return;
            clearInterval(timer);
            Deno.writeTextFileSync(${JSON.stringify(done)}, "done");
          });
        });
      },
    });`,
  );
  const { sockfile, onProcess } = box;
  await using daemon = await autod({
    rpcfile,
    sockfile,
    onProcess,
    exit: false,
    permissions: { write: [done] },
    methods: ["close"],
  });
  await daemon.rpc.close();
  assertEquals((await ended(daemon.process)).code, 0);
  assertEquals(Deno.readTextFileSync(done), "done");
});

for (
  const [autoclose, delays] of [
    [undefined, []],
    [false, []],
    [true, [1000]],
    [300, [1000]],
  ] as const
) {
  Deno.test(`autod() waits for ${delays[0] ?? "no"} ms with autoclose: ${autoclose}`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", DELAYS);
    const { sockfile, onProcess } = box;
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      ...(autoclose !== undefined && { autoclose }),
      methods: ["delays"],
    });
    // And looks for its socket now and then.
    assertEquals(await daemon.rpc.delays(), [...delays, 5000]);
  });
}

Deno.test("autod() leaves a daemon that closes by autoclose, and starts another", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", CLOSE);
  const { sockfile, onProcess } = box;
  const options = {
    rpcfile,
    sockfile,
    onProcess,
    autoclose: 500,
    methods: [],
  } as const;
  const first = await autod(options);
  await first[Symbol.asyncDispose]();
  assertEquals((await ended(first.process)).code, 0);
  await using second = await autod(options);
  assert(second.connection.spawned);
  assertNotEquals(second.connection.instance, first.connection.instance);
});
