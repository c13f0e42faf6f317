import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { autod, AutodError, ConnectionClosedError } from "../mod.ts";
import { inTime } from "../src/testing/deadline.ts";
import { ended } from "../src/testing/ended.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

/** Lets a daemon run out of memory at once. */
const SMALL_HEAP = {
  ...Deno.env.toObject(),
  DENO_V8_FLAGS: "--max-old-space-size=32",
};
const GROW = `const all = [];
  for (;;) all.push(Array.from({ length: 1e4 }, () => ({})));`;

function optionsIn(box: Sandbox, code: string) {
  const { sockfile, onProcess } = box;
  return { rpcfile: box.write("iface.ts", code), sockfile, onProcess };
}

function readLog(box: Sandbox): string {
  return Deno.readTextFileSync(`${box.sockfile}.log`);
}

/** What the log has, line by line, without the time and the pid. */
function textsIn(box: Sandbox): string[] {
  return readLog(box).split("\n").map((line) => line.replace(/^\S+ \d+ /, ""));
}

Deno.test("The log has Deno's own last words, and the error of a call names it", async () => {
  await using box = new Sandbox();
  await using daemon = await autod({
    ...optionsIn(box, `export default () => ({ grow() { ${GROW} } });`),
    methods: ["grow"],
    env: SMALL_HEAP,
  });
  const error = await assertRejects(
    () => daemon.rpc.grow(),
    ConnectionClosedError,
  );
  assertEquals(error.logfile, `${box.sockfile}.log`);
  assertStringIncludes(error.message, `its log "${box.sockfile}.log" may say`);
  await inTime(daemon.process!.status, "the end of the daemon");
  assertMatch(readLog(box), /Fatal JavaScript out of memory/);
});

Deno.test("autod() starts an rpcfile that closes its output, which is kept all the same", async () => {
  await using box = new Sandbox();
  const code = `Deno.stdout.close();
    Deno.stderr.close();
    console.log("imported");
    export default () => ({ say: () => console.log("called") });`;
  await using daemon = await autod({
    ...optionsIn(box, code),
    methods: ["say"],
  });
  await daemon.rpc.say();
  assertEquals(
    textsIn(box).filter((text) => text !== "").map((text) =>
      text.split(" ")[0]
    ),
    ["imported", "Serving", "called"],
  );
});

Deno.test("autod() rejects with Deno's own last words of a start", async () => {
  await using box = new Sandbox();
  const error = await assertRejects(
    () =>
      autod({
        ...optionsIn(box, `console.log("a hint"); ${GROW}`),
        methods: [],
        env: SMALL_HEAP,
      }),
    AutodError,
    "out of memory",
  );
  assertEquals(error.code, "start-failed");
  assertMatch(error.stderr!, /^a hint\n[^]*Fatal JavaScript out of memory/);
  assertEquals(error.message.match(/a hint/g)?.length, 1);
});

Deno.test("The log has what is printed without console, each line with the time and the pid", async () => {
  await using box = new Sandbox();
  await using daemon = await autod({
    ...optionsIn(
      box,
      `import process from "node:process";
      const bytes = (text) => new TextEncoder().encode(text);
      export default () => ({
        async say() {
          Deno.stdout.writeSync(bytes("one\\n"));
          await Deno.stderr.write(bytes("two\\nthree\\n"));
          process.stdout.write("four\\n");
          process.stderr.write("five\\n");
          await new Response("six\\n").body.pipeTo(Deno.stdout.writable);
        },
      });`,
    ),
    methods: ["say"],
  });
  await daemon.rpc.say();
  const lines = readLog(box).split("\n").map((line) =>
    line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z (\d+) /, "$1 ")
  );
  const { pid } = daemon.connection;
  assertEquals(
    lines.slice(-7),
    ["one", "two", "three", "four", "five", "six"].map((text) =>
      `${pid} ${text}`
    )
      .concat(""),
  );
});

Deno.test("The log has the characters that are printed in pieces", async () => {
  await using box = new Sandbox();
  await using daemon = await autod({
    ...optionsIn(
      box,
      `const bytes = new TextEncoder().encode("1 €\\n");
      export default () => ({
        say() {
          Deno.stdout.writeSync(bytes.subarray(0, 3));
          Deno.stderr.writeSync(new TextEncoder().encode("between\\n"));
          Deno.stdout.writeSync(bytes.subarray(3, 4));
          Deno.stdout.writeSync(bytes.subarray(4));
        },
      });`,
    ),
    methods: ["say"],
  });
  await daemon.rpc.say();
  assertEquals(textsIn(box).slice(-4), ["1 ", "between", "€", ""]);
});

Deno.test("The log has what is counted, from 1 again after a reset", async () => {
  await using box = new Sandbox();
  await using daemon = await autod({
    ...optionsIn(
      box,
      `export default () => ({
        say() {
          console.count("calls");
          console.count("calls");
          console.countReset("calls");
          console.count("calls");
        },
      });`,
    ),
    methods: ["say"],
  });
  await daemon.rpc.say();
  assertEquals(textsIn(box).slice(-4), [
    "calls: 1",
    "calls: 2",
    "calls: 1",
    "",
  ]);
});

Deno.test("The log takes what cannot be shown, and fails nobody who prints it", async () => {
  await using box = new Sandbox();
  await using daemon = await autod({
    ...optionsIn(
      box,
      `const inspect = () => { throw new Error("not shown"); };
      const odd = { [Symbol.for("Deno.customInspect")]: inspect };
      const loop = {};
      loop.itself = loop;
      export default () => ({
        say() {
          console.log("%s!", Object.create(null));
          console.log("%d!", Symbol("two"));
          console.log("%j!", loop);
          console.log("%o!", odd);
          console.log("five", odd);
        },
      });`,
    ),
    methods: ["say"],
  });
  await daemon.rpc.say();
  const log = readLog(box);
  for (
    const text of ["{}!", "Symbol(two)!", "[Circular", "shown!", "five not"]
  ) {
    assertStringIncludes(log, text);
  }
});

Deno.test("The log has what the daemon's own children print on its stderr", async () => {
  await using box = new Sandbox();
  await using daemon = await autod({
    ...optionsIn(
      box,
      `export default () => ({
        run: async () => (await new Deno.Command("sh", {
          args: ["-c", "echo from a child >&2"], stdout: "null", stderr: "inherit",
        }).spawn().status).code,
      });`,
    ),
    methods: ["run"],
    permissions: "all",
  });
  assertEquals(await daemon.rpc.run(), 0);
  assertStringIncludes(readLog(box), "\nfrom a child\n");
});

for (const kind of ["new", "kept"] as const) {
  Deno.test(`The log is its owner's alone: ${kind}`, async () => {
    await using box = new Sandbox();
    const path = `${box.sockfile}.log`;
    if (kind === "kept") Deno.writeTextFileSync(path, "old\n", { mode: 0o600 });
    await using _daemon = await autod({
      ...optionsIn(box, "export default () => ({});"),
      methods: [],
    });
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    assertEquals(readLog(box).startsWith("old\n"), kind === "kept");
  });
}

Deno.test("The log tells of a process that its own code has ended", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    "export default () => ({ leave: () => Deno.exit(5) });",
  );
  const { sockfile, onProcess } = box;
  const options = { rpcfile, sockfile, onProcess, methods: ["leave"] } as const;
  await using daemon = await autod(options);
  const { process } = daemon;
  await assertRejects(() => daemon.rpc.leave(), ConnectionClosedError);
  assertEquals((await ended(process)).code, 5);
  assertStringIncludes(
    Deno.readTextFileSync(`${sockfile}.log`),
    "The process ends without closing, as by Deno.exit()",
  );
});

Deno.test("The log tells why a daemon closes", async () => {
  const ways: [string, (box: Sandbox, pid: number) => unknown][] = [
    ["Closing, as it was asked to", (box) => box.request("$/shutdown", {})],
    ["Closing, at a signal", (_, pid) => Deno.kill(pid, "SIGTERM")],
    ["Closing, as its own code has it", (box) => box.request("close")],
    [
      "Closing, as its lock was removed",
      ({ sockfile }) => Deno.removeSync(`${sockfile}.lock`),
    ],
  ];
  for (const [line, end] of ways) {
    await using box = new Sandbox();
    const rpcfile = box.write(
      "iface.js",
      "export default (server) => ({ close: () => server.close() });",
    );
    const { sockfile, onProcess } = box;
    const daemon = await autod({ rpcfile, sockfile, onProcess, methods: [] });
    daemon.connection.close();
    await end(box, daemon.connection.pid);
    await ended(daemon.process);
    assertStringIncludes(Deno.readTextFileSync(`${sockfile}.log`), line);
  }
});

Deno.test("The log tells why a factory failed, and that the daemon ends by that", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.js",
    'export default () => { throw new RangeError("no config"); };',
  );
  const { sockfile, onProcess } = box;
  await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
  );
  await box.released();
  const log = Deno.readTextFileSync(`${sockfile}.log`);
  assertMatch(log, /The factory failed: RangeError: no config\n.* at .*iface/);
  assertStringIncludes(log, "Closing, as it has no iface");
});
