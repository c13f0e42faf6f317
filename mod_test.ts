import { assertEquals } from "@std/assert";
import { autod } from "./mod.ts";
import { Sandbox } from "./src/testing/sandbox.ts";

Deno.test("autod() starts a daemon that keeps its state between connections", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "iface.ts",
    "let n = 0; export default () => ({ add: (m) => n += m });",
  );
  const { sockfile, onProcess } = box;
  const options = { rpcfile, sockfile, onProcess, methods: ["add"] } as const;
  for (const expected of [2, 4]) {
    await using daemon = await autod(options);
    assertEquals(await daemon.rpc.add(2), expected);
  }
});
