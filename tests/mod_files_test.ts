import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { toFileUrl } from "@std/path";
import { autod, AutodError } from "../mod.ts";
import { ended } from "../src/testing/ended.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const CLOSE = "export default (server) => ({ close: () => server.close() });";

for (const [name, toFile] of [["path", String], ["URL", toFileUrl]] as const) {
  Deno.test(`autod() keeps the pid in pidfile, a ${name}, while the daemon serves`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", CLOSE);
    const pidfile = box.path("d.pid");
    const { sockfile, onProcess } = box;
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      pidfile: toFile(pidfile),
      methods: ["close"],
    });
    assertEquals(
      Deno.readTextFileSync(pidfile),
      `${daemon.connection.pid}\n`,
    );
    assertEquals(Deno.statSync(pidfile).mode! & 0o777, 0o600);
    await daemon.rpc.close();
    await ended(daemon.process);
    assertThrows(() => Deno.lstatSync(pidfile), Deno.errors.NotFound);
  });
}

Deno.test("autod() starts no daemon whose pidfile would replace a directory", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write("iface.ts", "export default () => ({});");
  const { sockfile, onProcess } = box;
  const pidfile = box.path("directory");
  Deno.mkdirSync(pidfile);
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, pidfile, methods: [] }),
    AutodError,
    `Cannot write the pidfile "${pidfile}"`,
  );
  assertEquals(error.code, "start-failed");
  assert(Deno.lstatSync(pidfile).isDirectory);
});

const PRINTER = `console.log("imported");
  export default () => ({
    log: (text) => console.log("logged %s", text),
    error: (text) => console.error("failed", text),
  });`;

for (
  const [name, logfileOf] of [
    ["beside the socket", () => undefined],
    ["in logfile, a path", (box: Sandbox) => box.path("my.log")],
    ["in logfile, a URL", (box: Sandbox) => toFileUrl(box.path("my.log"))],
  ] as const
) {
  Deno.test(`autod() keeps what the daemon prints ${name}`, async () => {
    await using box = new Sandbox();
    const rpcfile = box.write("iface.ts", PRINTER);
    const { sockfile, onProcess } = box;
    const logfile = logfileOf(box);
    await using daemon = await autod({
      rpcfile,
      sockfile,
      onProcess,
      ...(logfile && { logfile }),
      methods: ["log", "error"],
    });
    await daemon.rpc.log("one\ntwo");
    await daemon.rpc.error("three");
    const path = logfile ? box.path("my.log") : `${sockfile}.log`;
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    const lines = Deno.readTextFileSync(path).split("\n");
    const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\d+) /;
    for (const line of lines.slice(0, -1)) {
      assertMatch(line, stamp);
      assertEquals(stamp.exec(line)?.[2], `${daemon.connection.pid}`);
    }
    assertEquals(lines.map((line) => line.replace(stamp, "")), [
      "imported",
      `Serving "${sockfile}"`,
      "logged one",
      "two",
      "failed three",
      "",
    ]);
  });
}
