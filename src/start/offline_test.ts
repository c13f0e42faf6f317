import { assertEquals } from "@std/assert";
import { LIBRARY, runDeno } from "../testing/command.ts";
import { Sandbox } from "../testing/sandbox.ts";

Deno.test("A command that `deno cache` has fetched starts its daemon without a network", async () => {
  await using box = new Sandbox();
  const server = serveLibrary();
  const host = `localhost:${server.addr.port}`;
  const rpcfile = box.write(
    "iface.ts",
    "export default () => ({ double: (n: number) => 2 * n });",
  );
  const command = box.write(
    "cmd.ts",
    `import { autod } from "http://${host}/mod.ts";

await using daemon = await autod<typeof import("./iface.ts")>({
  rpcfile: import.meta.resolve("./iface.ts"),
  sockfile: Deno.args[0],
  methods: ["double"],
  permissions: { import: ["${host}"] },
});
console.log(await daemon.rpc.double(21));
`,
  );
  const env = { DENO_DIR: box.path("cache") };
  const importing = `--allow-import=${host}`;
  const cached = await runDeno(["cache", importing, command, rpcfile], { env });
  assertEquals(cached.code, 0, cached.stderr);
  await server.shutdown();
  const { stdout, stderr } = await runDeno(
    ["run", "--allow-all", command, box.sockfile],
    { env },
  );
  assertEquals([stdout, stderr], ["42\n", ""]);
});

/** Serves the library as a registry would. */
function serveLibrary(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "localhost", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const file = await Deno.open(new URL(`.${pathname}`, LIBRARY));
      const headers = { "content-type": "application/typescript" };
      return new Response(file.readable, { headers });
    },
  );
}
