import { assert, assertEquals } from "@std/assert";
import { toFileUrl } from "@std/path";
import { autod } from "../../mod.ts";
import { createServer } from "../../server.ts";
import { Running } from "../testing/command.ts";
import { leastToServe } from "../testing/flags.ts";
import { ODD_NAMES } from "../testing/odd_names.ts";
import { Sandbox } from "../testing/sandbox.ts";

const rpcfile = "/nowhere/iface.ts";
const methods = ["one"] as const;

for (const name of ODD_NAMES) {
  const shown = JSON.stringify(name);

  Deno.test(`listen() needs no more permissions for a socket named ${shown}`, async () => {
    await using box = new Sandbox();
    const sockfile = box.path(`${name}.sock`);
    const script = box.write(
      "listen.js",
      `import { listen } from "${import.meta.resolve("../../listen.ts")}";
      await listen(() => ({ one: () => 1 }), { sockfile: Deno.args[0] }).ready;
      console.log("ready");`,
    );
    await using server = new Running(Deno.execPath(), [
      "run",
      "--no-prompt",
      ...leastToServe(sockfile),
      script,
      toFileUrl(sockfile).href,
    ]);
    assertEquals(await server.line(), "ready");
    await using daemon = await autod({ rpcfile, sockfile, methods });
    assertEquals(await daemon.rpc.one(), 1);
    assert(Deno.lstatSync(sockfile).isSocket);
  });

  Deno.test(`Server.listen() takes a socket in a folder ${shown}`, async () => {
    await using box = new Sandbox();
    const folder = box.path(name);
    Deno.mkdirSync(folder);
    for (const toSockfile of [String, toFileUrl]) {
      const sockfile = toSockfile(`${folder}/${name}`);
      await using server = createServer(() => ({ one: () => 1 }));
      await server.listen(sockfile);
      await using daemon = await autod({ rpcfile, sockfile, methods });
      assertEquals(await daemon.rpc.one(), 1);
      assert(Deno.lstatSync(`${folder}/${name}`).isSocket);
    }
  });
}
