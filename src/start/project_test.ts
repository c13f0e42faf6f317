import { assert, assertEquals } from "@std/assert";
import { toFileUrl } from "@std/path";
import { autod } from "../../mod.ts";
import { LIBRARY, runDeno } from "../testing/command.ts";
import { counterIn } from "../testing/counter.ts";
import { leastToConnect, leastToStart } from "../testing/flags.ts";
import { ODD_NAMES } from "../testing/odd_names.ts";
import { Sandbox } from "../testing/sandbox.ts";

const SERVER = new URL("./server.ts", LIBRARY).href;
const TYPES = `import type { CreateIface } from "${SERVER}";`;

/** What a user's command prints: who answered, and what. */
interface Printed {
  readonly pid: number;
  readonly spawned: boolean;
  readonly answer: unknown;
}

/** The command of a user, which imports the library as `library`. */
function commandText(library: string, rpcfile = "./iface.ts"): string {
  return `import { autod } from ${JSON.stringify(library)};

await using daemon = await autod<typeof import("./iface.ts")>({
  rpcfile: import.meta.resolve(${JSON.stringify(rpcfile)}),
  sockfile: Deno.args[0],
  methods: ["greet"],
});
const { pid, spawned } = daemon.connection;
const answer = await daemon.rpc.greet("you");
console.log(JSON.stringify({ pid, spawned, answer }));
`;
}

/** Runs a user's command from somewhere else, with no more permissions than it needs. */
async function runUser(
  command: string,
  sockfile: string,
  flags = leastToStart(sockfile),
): Promise<Printed> {
  const args = ["run", "--no-prompt", ...flags, command, sockfile];
  const { code, stdout, stderr } = await runDeno(args, { cwd: "/" });
  assertEquals(code, 0, stderr);
  assertEquals(stderr, "");
  return JSON.parse(stdout);
}

/** Runs a command whose daemon is not there yet, and again, when it is. */
async function assertColdAndWarm(
  box: Sandbox,
  command: string,
  greeting: string,
): Promise<void> {
  const { sockfile } = box;
  const cold = await runUser(command, sockfile);
  assertEquals(cold.spawned, true);
  assertEquals(cold.answer, `${greeting} you 1`);
  const warm = await runUser(command, sockfile);
  const { pid } = cold;
  assertEquals(warm, { pid, spawned: false, answer: `${greeting} you 2` });
  const least = leastToConnect(sockfile);
  const connected = await runUser(command, sockfile, least);
  assertEquals(connected, { pid, spawned: false, answer: `${greeting} you 3` });
}

const GREETER = `let n = 0;
export default (() => ({
  greet: (name: string) => \`\${greeting} \${name} \${++n}\`,
})) satisfies CreateIface;
`;

Deno.test("autod() uses the import map of the user's deno.json", async () => {
  await using box = new Sandbox();
  const imports = {
    "@autod/autod": LIBRARY,
    "@autod/autod/server": SERVER,
    "$lib/": "./lib/",
    "words": "./lib/words.ts",
  };
  box.write("project/deno.json", JSON.stringify({ imports }));
  box.write("project/lib/words.ts", 'export const hello: string = "hello";');
  box.write(
    "project/lib/greeting.ts",
    'export { hello as greeting } from "words";',
  );
  box.write(
    "project/iface.ts",
    `import type { CreateIface } from "@autod/autod/server";
    import { greeting } from "$lib/greeting.ts";
    ${GREETER}`,
  );
  const command = box.write("project/cmd.ts", commandText("@autod/autod"));
  await assertColdAndWarm(box, command, "hello");
});

Deno.test("autod() finds the user's deno.json above the rpcfile", async () => {
  await using box = new Sandbox();
  const imports = { "@autod/autod": LIBRARY, "$lib/": "./lib/" };
  box.write("project/deno.json", JSON.stringify({ imports }));
  box.write("project/lib/greeting.ts", 'export const greeting = "from above";');
  box.write(
    "project/src/daemon/iface.ts",
    `${TYPES}
    import { greeting } from "$lib/greeting.ts";
    ${GREETER}`,
  );
  const command = box.write(
    "project/bin/cmd.ts",
    commandText("@autod/autod", "../src/daemon/iface.ts"),
  );
  await assertColdAndWarm(box, command, "from above");
});

Deno.test("autod() ignores the deno.json of the folder that it is run in", async () => {
  await using box = new Sandbox();
  box.write(
    "project/deno.json",
    JSON.stringify({ imports: { "greeting": "./right.ts" } }),
  );
  box.write("project/right.ts", 'export const greeting = "right";');
  box.write(
    "project/iface.ts",
    `${TYPES}\nimport { greeting } from "greeting";\n${GREETER}`,
  );
  const command = box.write("project/cmd.ts", commandText(LIBRARY));
  const elsewhere = { imports: { "greeting": "./wrong.ts" } };
  box.write("elsewhere/deno.json", JSON.stringify(elsewhere));
  box.write("elsewhere/wrong.ts", 'export const greeting = "wrong";');
  const { sockfile } = box;
  const { code, stdout, stderr } = await runDeno([
    "run",
    "--no-prompt",
    ...leastToStart(sockfile),
    command,
    sockfile,
  ], { cwd: box.path("elsewhere") });
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout).answer, "right you 1");
});

for (
  const [kind, manifest, code] of [
    ["an ES module", { type: "module" }, 'export const greeting = "esm";'],
    ["a CommonJS module", {}, 'exports.greeting = "cjs";'],
  ] as const
) {
  Deno.test(`autod() uses ${kind} of the user's package.json and node_modules`, async () => {
    await using box = new Sandbox();
    const name = "some-package";
    box.write(
      "project/package.json",
      JSON.stringify({ type: "module", dependencies: { [name]: "1.0.0" } }),
    );
    box.write(
      `project/node_modules/${name}/package.json`,
      JSON.stringify({ name, version: "1.0.0", main: "main.js", ...manifest }),
    );
    box.write(`project/node_modules/${name}/main.js`, code);
    box.write(
      "project/iface.ts",
      `${TYPES}\nimport { greeting } from "${name}";\n${GREETER}`,
    );
    const command = box.write("project/cmd.ts", commandText(LIBRARY));
    const greeting = kind === "an ES module" ? "esm" : "cjs";
    await assertColdAndWarm(box, command, greeting);
  });
}

for (const name of ODD_NAMES) {
  Deno.test(`autod() starts an rpcfile in the folder ${name}`, async () => {
    await using box = new Sandbox();
    const path = box.write(
      `${name}/${name}.ts`,
      `import { greeting } from "./${encodeURIComponent(name)}.lib.ts";
      export default () => ({ greet: () => greeting });`,
    );
    const greeting = `export const greeting = ${JSON.stringify(name)};`;
    box.write(`${name}/${name}.lib.ts`, greeting);
    const { onProcess } = box;
    const methods = ["greet"] as const;
    for (const [i, rpcfile] of [path, toFileUrl(path)].entries()) {
      const sockfile = box.path(`${i}.sock`);
      await using daemon = await autod({
        rpcfile,
        sockfile,
        methods,
        onProcess,
      });
      assertEquals(await daemon.rpc.greet(), name);
    }
  });

  Deno.test(`autod() takes a socket in a folder ${name}`, async () => {
    await using box = new Sandbox();
    Deno.mkdirSync(box.path(name));
    const { onProcess } = box;
    const sockfile = box.path(`${name}/${name}.sock`);
    const options = { ...counterIn(box), sockfile, onProcess };
    {
      await using cold = await autod(options);
      assertEquals(await cold.rpc.add(1), 1);
      await using warm = await autod({
        ...options,
        sockfile: toFileUrl(sockfile),
      });
      assertEquals(await warm.rpc.add(1), 2);
      assertEquals(warm.connection.pid, cold.connection.pid);
      assert(Deno.lstatSync(sockfile).isSocket);
    }
    await box.stop(sockfile);
  });

  Deno.test(`autod() needs no more permissions for a socket named ${name}`, async () => {
    await using box = new Sandbox();
    const greeter = `const greeting = "hi"; ${TYPES}\n${GREETER}`;
    box.write("iface.ts", greeter);
    const command = box.write("cmd.ts", commandText(LIBRARY));
    const sockfile = box.path(`${name}.sock`);
    const cold = await runUser(command, sockfile);
    assertEquals([cold.spawned, cold.answer], [true, "hi you 1"]);
    const warm = await runUser(command, sockfile, leastToConnect(sockfile));
    assertEquals([warm.spawned, warm.answer], [false, "hi you 2"]);
    assert(Deno.lstatSync(`${sockfile}.log`).isFile);
  });
}
