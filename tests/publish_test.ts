// What somebody has who adds the published package.
import { assertEquals } from "@std/assert";
import { runDeno } from "../src/testing/command.ts";
import { leastToStart } from "../src/testing/flags.ts";
import { Registry } from "../src/testing/registry.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const IFACE = `import type { CreateIface } from "jsr:@autod/autod/server";
let n = 0;
export default (() => ({
  add: (m: number) => n += m,
  async *ticks(count: number) { for (let i = 0; i < count; i++) yield i; },
})) satisfies CreateIface;
`;

function command(sockfile: string, call: string): string {
  return `import { autod } from "jsr:@autod/autod";
await using daemon = await autod<typeof import("./iface.ts")>({
  rpcfile: import.meta.resolve("./iface.ts"),
  sockfile: ${JSON.stringify(sockfile)},
  methods: ["add", "ticks:s"],
});
${call}`;
}

Deno.test("The published package serves a command with five of its files", async () => {
  await using box = new Sandbox();
  await using registry = await Registry.start();
  const env = registry.env(box.path("cache"));
  box.write("iface.ts", IFACE);
  const call = `console.log(await daemon.rpc.add(2));
for await (const tick of daemon.rpc.ticks(2)) console.log(tick);`;
  const file = box.write("cmd.ts", command(box.sockfile, call));
  const flags = ["--no-prompt", ...leastToStart(box.sockfile)];
  const output = await runDeno(["run", "--quiet", ...flags, file], { env });
  assertEquals(output, { code: 0, stdout: "2\n0\n1\n", stderr: "" });
  assertEquals(registry.asked.sort(), [
    "dist/client.js",
    "dist/client_stream.js",
    "dist/cold.js",
    "dist/serving.js",
    "mod.ts",
  ]);
});

for (const [type, code] of [["number", 0], ["string", 1]] as const) {
  Deno.test(`The published package has the types of an iface: ${type}`, async () => {
    await using box = new Sandbox();
    await using registry = await Registry.start();
    const env = registry.env(box.path("cache"));
    box.write("iface.ts", IFACE);
    const call = `const sum: ${type} = await daemon.rpc.add(2);
console.log(sum);`;
    const file = box.write("cmd.ts", command(box.sockfile, call));
    const output = await runDeno(["check", "--quiet", file], { env });
    assertEquals(output.code, code, output.stderr);
  });
}
