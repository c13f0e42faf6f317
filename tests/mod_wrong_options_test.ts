import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { autod, type AutodOptions } from "../mod.ts";
import { namesIn } from "../src/testing/names_in.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const COUNTER = "let n = 0; export default () => ({ add: (m) => n += m });";

type Wrong = [
  value: unknown,
  errorClass?: typeof TypeError | typeof RangeError,
];

const WRONG: Record<string, Wrong[]> = {
  rpcfile: [
    [undefined],
    [null],
    [""],
    [5],
    ["a\0b"],
    ["file:///tmp/a%FFb/iface.ts"],
    ["file:///tmp/a%00b/iface.ts?1"],
    [new URL("file:///100%/iface.ts")],
    ["file://tmp/iface.ts"],
  ],
  methods: [
    [undefined],
    ["add"],
    [[1]],
    [[""]],
    [["add", "add"]],
    [["add", "add:s"]],
    [new Array(1)],
  ],
  sockfile: [
    [undefined],
    [""],
    [5],
    ["a,b.sock"],
    ["a\0b"],
    ["/tmp/".padEnd(200, "x")],
    [new URL("https://example.com/d.sock")],
  ],
  autoclose: [
    ["1"],
    [null],
    [0, RangeError],
    [-1, RangeError],
    [NaN, RangeError],
    [Infinity, RangeError],
    [2 ** 31, RangeError],
  ],
  debug: [["yes"], [1]],
  args: [["x"], [{}], [[1n]]],
  execPath: [[""], [5]],
  cwd: [[""], [5], [new URL("https://example.com/")]],
  env: [["PATH"], [null], [{ PATH: 1 }], [{ A: "a\0" }], [{ "a\0": "A" }], [{
    "A=B": "1",
  }], [{ "": "1" }]],
  exit: [[1], ["no"]],
  pidfile: [[""], [5], ["a,b"]],
  logfile: [[""], [5], ["a,b"]],
  permissions: [["some"], [true], [null], [new Set(["read"])], [[]]],
  version: [[""], [5]],
  onMismatch: [["maybe"], [true]],
  timeout: [
    ["5"],
    [0, RangeError],
    [-1, RangeError],
    [NaN, RangeError],
    [Infinity, RangeError],
    [2 ** 31, RangeError],
  ],
  signal: [[{}], [new AbortController()]],
  onProcess: [["x"], [{}]],
  maxMessageBytes: [["5000"], [null], [4095, RangeError], [
    2 ** 29,
    RangeError,
  ]],
  maxDepth: [["8"], [7, RangeError], [8.5, RangeError]],
  maxBatchLength: [["1"], [0, RangeError], [Infinity, RangeError]],
  maxInFlight: [["1"], [0, RangeError], [NaN, RangeError]],
  maxConnections: [["1"], [0, RangeError], [-1, RangeError]],
};

for (const [option, values] of Object.entries(WRONG)) {
  Deno.test(`autod() rejects a wrong ${option} before it starts anything`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("rpc/iface.ts", COUNTER);
    const { sockfile, onProcess } = box;
    for (const [value, errorClass = TypeError] of values) {
      const options = {
        rpcfile,
        sockfile,
        onProcess,
        methods: ["add"],
        [option]: value,
      };
      const error = await assertRejects(
        () => autod(options as AutodOptions),
        errorClass,
        undefined,
        `${option}: ${Deno.inspect(value)} was taken`,
      );
      assertEquals(error.constructor, errorClass);
      assertStringIncludes(error.message, option);
    }
    assertEquals(namesIn(box.dir), ["rpc"]);
  });
}

for (
  const [option, ends] of [
    ["logfile", ["", ".new", ".lock", ".spawn"]],
    ["pidfile", ["", ".new", ".lock", ".spawn", ".log", ".log.1"]],
  ] as const
) {
  Deno.test(`autod() rejects a ${option} in the place of another file of the daemon's`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("rpc/iface.ts", COUNTER);
    const { sockfile, onProcess } = box;
    for (const end of ends) {
      const options = { rpcfile, sockfile, onProcess, methods: ["add"] };
      const path = `${box.dir}/./d.sock${end}`;
      await assertRejects(
        () => autod({ ...options, [option]: path }),
        TypeError,
        `Cannot use the ${option} "${sockfile}${end}"`,
      );
    }
    assertEquals(namesIn(box.dir), ["rpc"]);
  });
}

Deno.test("autod() rejects a logfile that would be put aside in the place of the socket", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("rpc/iface.ts", COUNTER);
  const { onProcess } = box;
  const [sockfile, logfile] = [box.path("d.1"), box.path("d")];
  const options = { rpcfile, sockfile, logfile, onProcess, methods: ["add"] };
  await assertRejects(
    () => autod(options),
    TypeError,
    `Cannot use the logfile "${logfile}": the daemon needs "${sockfile}" for another of its files`,
  );
  assertEquals(namesIn(box.dir), ["rpc"]);
});

Deno.test("autod() rejects an unknown option", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("rpc/iface.ts", COUNTER);
  const { sockfile, onProcess } = box;
  const options = {
    rpcfile,
    sockfile,
    onProcess,
    methods: ["add"],
    sockFile: 1,
  };
  await assertRejects(() => autod(options), TypeError, `"sockFile"`);
  assertEquals(namesIn(box.dir), ["rpc"]);
});

Deno.test("autod() rejects a wrong option that is inherited", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("rpc/iface.ts", COUNTER);
  const { sockfile, onProcess } = box;
  const defaults = { rpcfile, sockfile, onProcess, methods: ["add"], exit: 1 };
  const options = Object.create(defaults) as AutodOptions;
  await assertRejects(() => autod(options), TypeError, `"exit"`);
  assertEquals(namesIn(box.dir), ["rpc"]);
});

Deno.test("autod() rejects options that are no object", async () => {
  for (const options of [undefined, null, "iface.ts"]) {
    await assertRejects(
      () => autod(options as unknown as AutodOptions),
      TypeError,
      `Cannot take ${
        Deno.inspect(options)
      }: autod() takes an object of options`,
    );
  }
});

Deno.test({
  name: "autod() names the option of an invalid URL",
  fn: async () => {
    await using box = new Sandbox();
    const { sockfile, onProcess } = box;
    await assertRejects(
      () =>
        autod({ rpcfile: "https://[", sockfile, onProcess, methods: ["add"] }),
      TypeError,
      "rpcfile",
    );
  },
});
