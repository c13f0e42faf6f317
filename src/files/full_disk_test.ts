import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { autod, AutodError, type AutodOptions } from "../../mod.ts";
import { MAX_LOG_BYTES } from "./log.ts";
import { ended } from "../testing/ended.ts";
import { Sandbox } from "../testing/sandbox.ts";

const METHODS = ["print", "pid", "close"] as const;

/** The options for a daemon whose process can make no file any longer than it is. */
function optionsIn(box: Sandbox): AutodOptions<typeof METHODS> {
  const execPath = box.write(
    "deno.sh",
    `#!/bin/sh
    # Without the signal, a write fails as it does on a full disk.
    trap '' XFSZ
    ulimit -f 0
    exec "${Deno.execPath()}" "$@"`,
  );
  Deno.chmodSync(execPath, 0o700);
  const rpcfile = box.write(
    "iface.js",
    `export default (server) => ({
      pid: () => Deno.pid,
      print: (lines) => {
        for (let i = 0; i < lines; i++) console.log("a line of the log");
        return lines;
      },
      close: () => server.close(),
    });`,
  );
  const { sockfile, onProcess } = box;
  return { rpcfile, sockfile, onProcess, execPath, methods: METHODS };
}

Deno.test("A daemon whose log has no room serves, and ends well", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await using daemon = await autod(options);
  await using other = await autod(options);
  const { pid } = daemon.connection;
  for (const { rpc } of [daemon, other]) {
    const calls = Array.from({ length: 100 }, () => rpc.print(10));
    assertEquals(await Promise.all(calls), Array(100).fill(10));
    assertEquals(await rpc.pid(), pid);
  }
  assertEquals(Deno.statSync(`${box.sockfile}.log`).size, 0);
  await daemon.rpc.close();
  const { code, signal } = await ended(daemon.process);
  assertEquals([code, signal], [0, null]);
});

Deno.test("A daemon whose long log has no room to be put aside keeps it, and serves", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  box.write("d.sock.log", "x".repeat(MAX_LOG_BYTES + 1));
  const aside = box.write("d.sock.log.1", "the one before");
  await using daemon = await autod(options);
  assertEquals(await daemon.rpc.print(1), 1);
  const { size } = Deno.statSync(`${box.sockfile}.log`);
  assertEquals(size, MAX_LOG_BYTES + 1);
  // A part of it would take the room that there is left.
  assertThrows(() => Deno.lstatSync(aside), Deno.errors.NotFound);
});

Deno.test("A daemon whose pidfile has no room says so, and leaves nothing behind", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  const pidfile = box.path("d.pid");
  const error = await assertRejects(
    () => autod({ ...options, pidfile }),
    AutodError,
    `Cannot write the pidfile "${pidfile}"`,
  );
  assertEquals(error.code, "start-failed");
  assertStringIncludes(error.message, "make room for it");
  await box.released();
  for (const path of [pidfile, box.sockfile, `${box.sockfile}.new`]) {
    assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
  }
  await using daemon = await autod({
    ...options,
    pidfile,
    execPath: Deno.execPath(),
  });
  const { pid } = daemon.connection;
  assertEquals(Deno.readTextFileSync(pidfile), `${pid}\n`);
  await box.stop();
  assertThrows(() => Deno.lstatSync(pidfile), Deno.errors.NotFound);
});
