// The code of the README, in the files of somebody who pastes it.
import { assertEquals } from "@std/assert";
import { autod } from "../mod.ts";
import { LIBRARY } from "../src/testing/command.ts";
import { inTime } from "../src/testing/deadline.ts";
import { quoted, readmeFlags } from "../src/testing/pasted.ts";
import { block, README, RunningScript, sh } from "../src/testing/readme.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const IFACE = block("<!-- examples/counter/iface.ts -->", "ts");
const CMD = block("<!-- cmd.ts -->", "ts");

/** Writes files into a project that has added this library, and type-checks them. */
async function makeProject(
  box: Sandbox,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const entry = (name: string) => new URL(name, LIBRARY).href;
  const imports = {
    "@autod/autod": LIBRARY,
    "@autod/autod/server": entry("server.ts"),
    "@autod/autod/listen": entry("listen.ts"),
  };
  box.write("project/deno.json", JSON.stringify({ imports }));
  for (const [name, code] of Object.entries(files)) {
    box.write(`project/${name}`, code);
  }
  const names = Object.keys(files).join(" ");
  const { code, stderr } = await inProject(box, `deno check ${names}`);
  assertEquals(code, 0, stderr);
}

function inProject(box: Sandbox, command: string) {
  return sh(box, `cd ${box.path("project")}\n${command}`);
}

Deno.test("README's two files count, run as it says", async () => {
  await using box = new Sandbox();
  await makeProject(box, { "iface.ts": IFACE, "cmd.ts": CMD });
  const [, run] = block("<!-- install -->", "sh").trim().split("\n");
  for (const stdout of ["2\n", "4\n"]) {
    const output = await inProject(box, run);
    assertEquals(output, { code: 0, stdout, stderr: "" });
  }
});

Deno.test("README's two files need no more than the flags of its table", async () => {
  await using box = new Sandbox();
  await makeProject(box, { "iface.ts": IFACE, "cmd.ts": CMD });
  const D = box.path("counter");
  const S = `${D}/counter.sock`;
  const purposes = ["connect with `autod`, or start", "find `S` with"];
  const flags = purposes.flatMap((purpose) => readmeFlags(purpose, { S, D }));
  const output = await inProject(
    box,
    `deno run --no-prompt ${flags.join(" ")} cmd.ts`,
  );
  assertEquals(output, { code: 0, stdout: "2\n", stderr: "" });
});

Deno.test("README's signal gives a call up that takes too long, and no other", async () => {
  await using box = new Sandbox();
  const [imported, call] = block("<!-- signal -->", "ts").split("\n\n");
  const command = `${imported}\n${
    CMD.replace(
      /^console.*\n/m,
      `console.log(${call.trim().replace(/;$/, "")});`,
    )
  }`;
  const never = IFACE.replace("=> n += m", "=> new Promise<number>(() => {})");
  await makeProject(box, {
    "iface.ts": IFACE,
    "cmd.ts": command,
    "stuck/iface.ts": never,
    "stuck/cmd.ts": command.replace("counter.sock", "stuck.sock"),
  });
  const answered = await inProject(box, "deno run --allow-all cmd.ts");
  assertEquals(answered, { code: 0, stdout: "2\n", stderr: "" });
  const stuck = await inProject(
    box,
    "deno run --allow-all stuck/cmd.ts 2>&1 | grep -o TimeoutError | head -n 1",
  );
  assertEquals(stuck.stdout, "TimeoutError\n");
});

Deno.test("README's way to wait for the end of a daemon leaves nothing behind in a test", async () => {
  await using box = new Sandbox();
  await makeProject(box, {
    "iface.ts": IFACE,
    "counter_test.ts": `import { autod } from "@autod/autod";
    Deno.test("counts", async () => {
      const daemon = await autod<typeof import("./iface.ts")>({
        rpcfile: import.meta.resolve("./iface.ts"),
        sockfile: ${JSON.stringify(box.sockfile)},
        methods: ["add"],
        autoclose: 1,
      });
      await daemon.rpc.add(2);
      ${block("<!-- ended -->", "ts")}
    });`,
  });
  const { code, stdout } = await inProject(box, "deno test --allow-all");
  assertEquals(code, 0, stdout);
  assertEquals(box.daemons(), []);
});

Deno.test("README's listen() serves in the foreground until SIGTERM", async () => {
  await using box = new Sandbox();
  const serve = block("<!-- listen -->", "ts");
  await makeProject(box, {
    "iface.ts": IFACE,
    "serve.ts": `const [sockfile, pidfile] = Deno.args;\n${
      serve.replace("await server.closed", 'console.log("ready");\n$&')
    }`,
  });
  const { sockfile } = box;
  const pidfile = box.path("pid");
  await using served = new RunningScript(
    box,
    `cd ${box.path("project")}
    exec deno run --allow-all serve.ts ${sockfile} ${pidfile}`,
  );
  await served.lines(1);
  {
    const methods = ["add"] as const;
    const rpcfile = box.path("project/iface.ts");
    const options = { rpcfile, sockfile, methods, spawn: false };
    await using daemon = await autod(options);
    assertEquals(await daemon.rpc.add(2), 2);
  }
  Deno.kill(Number(Deno.readTextFileSync(pidfile)), "SIGTERM");
  assertEquals((await served.ended()).code, 0);
});

Deno.test("README's streams run: values, a filter, and bytes into a file", async () => {
  await using box = new Sandbox();
  const [iface, command] = block("<!-- streams -->", "ts").split("\n// cmd.ts");
  const [, methods] = /methods: (\[.*\])/.exec(command)!;
  const copy = box.path("copy");
  const text = box.write("text", "a text\n");
  await makeProject(box, {
    "iface.ts": iface,
    "cmd.ts": `import { autod } from "@autod/autod";
    await using daemon = await autod<typeof import("./iface.ts")>({
      rpcfile: import.meta.resolve("./iface.ts"),
      sockfile: ${JSON.stringify(box.sockfile)},
      methods: ${methods},
      permissions: { write: [${JSON.stringify(copy)}] },
    });
    //${
      command.replace('save("/tmp/copy")', `save(${JSON.stringify(copy)})`)
        .replace('"text"', JSON.stringify(text))
    }`,
  });
  const output = await inProject(box, "deno run --allow-all cmd.ts");
  assertEquals(output, { code: 0, stdout: "0\n1\nA\nB\n", stderr: "" });
  assertEquals(Deno.readTextFileSync(copy), "a text\n");
});

Deno.test("README's permissions are granted, and no others", async () => {
  await using box = new Sandbox();
  const permissions = block("<!-- permissions -->", "ts");
  const descriptors: Deno.PermissionDescriptor[] = [
    { name: "read", path: box.path("project/data/x") },
    { name: "read", path: box.path("project/words.txt") },
    { name: "write", path: box.path("project/data/x") },
    { name: "net", host: "example.com:443" },
    { name: "env", variable: "HOME" },
    { name: "env", variable: "AWS_X" },
    { name: "run", command: "git" },
    { name: "sys" },
    { name: "write", path: box.path("project/data/keep/x") },
    { name: "read", path: "/etc" },
    { name: "net", host: "example.com:80" },
    { name: "env", variable: "PATH" },
    { name: "ffi" },
  ];
  await makeProject(box, {
    "iface.ts": `export default () => ({
      states: (descriptors: Deno.PermissionDescriptor[]) =>
        descriptors.map((one) => Deno.permissions.querySync(one).state),
    });`,
    "cmd.ts": `import { autod } from "@autod/autod";
    await using daemon = await autod<typeof import("./iface.ts")>({
      rpcfile: import.meta.resolve("./iface.ts"),
      sockfile: ${JSON.stringify(box.sockfile)},
      methods: ["states"],
      ${permissions}
    });
    const states = await daemon.rpc.states(${JSON.stringify(descriptors)});
    console.log(states.map((state) => state === "granted").join("\\n"));`,
  });
  const { stdout, stderr } = await inProject(
    box,
    "deno run --allow-all cmd.ts",
  );
  const expected = descriptors.map((_, i) => `${i < 8}\n`).join("");
  assertEquals([stdout, stderr], [expected, ""]);
});

Deno.test("A daemon holds a lock of the shell that starts it, unless that is closed as README says", async () => {
  const [redirection] = /9>&-/.exec(README)!;
  for (const [how, holds] of [["", true], [redirection, false]] as const) {
    await using box = new Sandbox();
    await makeProject(box, { "iface.ts": IFACE, "cmd.ts": CMD });
    const lock = box.path("lock");
    const script = `exec 9>${quoted(lock)}\ndeno run --allow-all cmd.ts ${how}`;
    const { stdout } = await inTime(inProject(box, script), "the command");
    assertEquals(stdout, "2\n");
    const [pid] = box.daemons();
    const files = await sh(box, `ls -l /proc/${pid}/fd 2>/dev/null`);
    assertEquals(files.stdout.includes(` ${lock}\n`), holds);
  }
});
