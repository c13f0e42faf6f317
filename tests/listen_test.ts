import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { toFileUrl } from "@std/path";
import { listen, type ListenOptions } from "../listen.ts";
import { ConnectionClosedError } from "../mod.ts";
import type { CreateIface } from "../server.ts";
import { runCli } from "../src/testing/cli.ts";
import { namesIn } from "../src/testing/names_in.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Script } from "../src/testing/script.ts";
import { join } from "../src/testing/serve.ts";

Deno.test("listen() serves when ready resolves", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  await using server = listen(() => ({ one: () => 1 }), { sockfile });
  await server.ready;
  await using daemon = await join(box, "one");
  assertEquals(await daemon.rpc.one(), 1);
});

Deno.test("listen() takes a file: URL as sockfile", async () => {
  await using box = new Sandbox();
  const sockfile = toFileUrl(box.sockfile);
  await using server = listen(() => ({}), { sockfile });
  await server.ready;
  assert(Deno.lstatSync(box.sockfile).isSocket);
  assertEquals(Deno.lstatSync(box.sockfile).mode! & 0o777, 0o600);
});

Deno.test("listen() keeps the pid in pidfile from ready to closed", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const pidfile = box.path("d.pid");
  const server = listen(() => ({}), { sockfile, pidfile });
  await server.ready;
  assertEquals(Deno.readTextFileSync(pidfile), `${Deno.pid}\n`);
  assertEquals(Deno.statSync(pidfile).mode! & 0o777, 0o600);
  server.close();
  await server.closed;
  assertThrows(() => Deno.lstatSync(pidfile), Deno.errors.NotFound);
});

Deno.test("listen() replaces a link in the pidfile's place, and leaves where it leads", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const precious = box.write("precious", "text");
  const pidfile = box.path("d.pid");
  Deno.symlinkSync(precious, pidfile);
  await using server = listen(() => ({}), { sockfile, pidfile });
  await server.ready;
  assertEquals(Deno.readTextFileSync(precious), "text");
  assertEquals(Deno.readTextFileSync(pidfile), `${Deno.pid}\n`);
});

Deno.test("listen() leaves a file in the pidfile's place that holds no process id", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  for (const text of ["precious", "1 2", "123456789012345678901"]) {
    const pidfile = box.write("d.pid", text);
    const server = listen(() => ({}), { sockfile, pidfile });
    await assertRejects(
      () => server.ready,
      Deno.errors.AlreadyExists,
      `Cannot write the pidfile "${pidfile}": a file that holds no process id is there, and was not touched; remove it`,
    );
    await server.closed;
    assertEquals(Deno.readTextFileSync(pidfile), text);
  }
});

Deno.test("listen() leaves a pidfile that is another process's by now", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const pidfile = box.path("d.pid");
  const server = listen(() => ({}), { sockfile, pidfile });
  await server.ready;
  Deno.writeTextFileSync(pidfile, "1\n");
  server.close();
  await server.closed;
  assertEquals(Deno.readTextFileSync(pidfile), "1\n");
});

Deno.test("listen() rejects ready if the pidfile cannot be written, and lets another serve", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const pidfile = box.path("missing/d.pid");
  const server = listen(() => ({}), { sockfile, pidfile });
  await assertRejects(
    () => server.ready,
    Deno.errors.NotFound,
    `make its directory with: mkdir -p ${box.path("missing")}`,
  );
  await server.closed;
  await using next = listen(() => ({}), { sockfile });
  await next.ready;
});

Deno.test("listen() lets a server be closed that nobody waited for", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const server = listen(() => ({}), { sockfile });
  server.close();
  await server.closed;
  await box.released();
  await assertRejects(() => server.ready, TypeError, "the server was closed");
});

Deno.test("listen() rejects ready for a pidfile in the place of its lock", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const pidfile = `${sockfile}.lock`;
  const server = listen(() => ({}), { sockfile, pidfile });
  await assertRejects(() => server.ready, TypeError, pidfile);
  await server.closed;
});

Deno.test("listen() rejects ready with the pid of another daemon that serves", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  await using script = new Script(
    box,
    `const server = listen(() => ({}), { sockfile: "${sockfile}" });
    await server.ready;
    console.log("ready");`,
  );
  assertEquals(await script.line(), "ready");
  const pidfile = box.path("d.pid");
  const server = listen(() => ({}), { sockfile, pidfile });
  await assertRejects(
    () => server.ready,
    Deno.errors.AddrInUse,
    `the daemon with the pid ${script.pid} serves it already`,
  );
  await server.closed;
  assertThrows(() => Deno.lstatSync(pidfile), Deno.errors.NotFound);
  // The other one was not disturbed.
  assertStringIncludes(await box.request("$/status"), `"pid":${script.pid}`);
});

Deno.test("listen() takes the place of a daemon that was killed", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  await using script = new Script(
    box,
    `const server = listen(() => ({}), { sockfile: "${sockfile}" });
    await server.ready;
    console.log("ready");`,
  );
  assertEquals(await script.line(), "ready");
  script.kill("SIGKILL");
  await script.ended();
  assert(Deno.lstatSync(sockfile).isSocket);
  await using server = listen(() => ({ one: () => 1 }), { sockfile });
  await server.ready;
  await using daemon = await join(box, "one");
  assertEquals(await daemon.rpc.one(), 1);
});

Deno.test("listen() replaces a dead socket that is left where its own is made", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const dead = Deno.listen({ transport: "unix", path: box.path("dead") });
  Deno.renameSync(box.path("dead"), `${sockfile}.new`);
  dead.close();
  await using server = listen(() => ({}), { sockfile });
  await server.ready;
  assertEquals(namesIn(box.dir), ["d.sock", "d.sock.lock"]);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`listen() closes gracefully at ${signal}`, async () => {
    await using box = new Sandbox();
    const { sockfile } = box;
    const pidfile = box.path("d.pid");
    await using script = new Script(
      box,
      `const options = ${JSON.stringify({ sockfile, pidfile })};
      const server = listen((server, stream) => ({
        slow: () => {
          console.log("begun");
          return new Promise((resolve) => {
            Deno.addSignalListener("${signal}", () => resolve("answered"));
          });
        },
        [Symbol.dispose]: () => console.log("disposed"),
      }), options);
      await server.ready;
      console.log("ready");
      await server.closed;
      console.log("closed");`,
    );
    assertEquals(await script.line(), "ready");
    await using daemon = await join(box, "slow");
    const call = daemon.rpc.slow();
    assertEquals(await script.line(), "begun");
    script.kill(signal);
    assertEquals(await call, "answered");
    assertEquals(await script.line(), "disposed");
    assertEquals(await script.line(), "closed");
    const status = await script.ended();
    assertEquals([status.code, status.signal], [0, null]);
    assertEquals(await script.stderr, "");
    for (const path of [sockfile, pidfile]) {
      assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
    }
  });
}

Deno.test("listen() lets a second SIGTERM end the process", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  await using script = new Script(
    box,
    `const server = listen((server, stream) => ({
      never: () => {
        stream.signal.addEventListener("abort", () => console.log("aborted"));
        console.log("begun");
        return new Promise(() => {});
      },
    }), { sockfile: "${sockfile}" });
    await server.ready;
    console.log("ready");
    setInterval(() => {
      // Says when the first signal has been heard.
      try {
        Deno.lstatSync("${sockfile}");
      } catch {
        console.log("closing");
      }
    }, 1);`,
  );
  assertEquals(await script.line(), "ready");
  await using daemon = await join(box, "never");
  const call = daemon.rpc.never().catch(() => {});
  assertEquals(await script.line(), "begun");
  script.kill("SIGTERM");
  assertEquals(await script.line(), "closing");
  script.kill("SIGTERM");
  assertEquals((await script.ended()).signal, "SIGTERM");
  await call;
});

Deno.test("listen() ends the process when the server has closed with exit", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  await using script = new Script(
    box,
    `const options = { sockfile: "${sockfile}", exit: true };
    const server = listen((server) => ({ close: () => server.close() }), options);
    setInterval(() => {}, 10);
    await server.ready;
    console.log("ready");`,
  );
  assertEquals(await script.line(), "ready");
  await using daemon = await join(box, "close");
  await daemon.rpc.close();
  const { code, signal } = await script.ended();
  assertEquals([code, signal], [0, null]);
});

Deno.test("listen() throws if createIface is no function", () => {
  const sockfile = "/nowhere/d.sock";
  assertThrows(
    () => listen({} as unknown as CreateIface, { sockfile }),
    TypeError,
    "createIface should be a function",
  );
});

Deno.test("listen() throws for options that it does not know, or cannot take", () => {
  const sockfile = "/nowhere/d.sock";
  for (
    const [options, said] of [
      [{}, '"sockfile": it should be a path or file: URL, and is missing'],
      [{ sockfile: "" }, '"sockfile": it should be a path or file: URL'],
      [undefined, "listen() takes an object of options"],
      [{ sockfile, autoClose: true }, 'option "autoClose": there is none'],
      [{ sockfile, autoclose: "soon" }, "a boolean or milliseconds"],
      [{ sockfile, pidfile: 1 }, '"pidfile": it should be a path'],
      [{ sockfile, maxDepth: "8" }, '"maxDepth": it should be a number'],
      [Object.create({ sockfile, exit: 1 }), '"exit": it should be a boolean'],
    ] as const
  ) {
    assertThrows(
      () => listen(() => ({}), options as unknown as ListenOptions),
      TypeError,
      said,
    );
  }
});

Deno.test("listen() serves without a log, and nobody names one that another daemon has left", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const left = "2026-12-01T12:00:00.000Z 1 Serving\n";
  box.write(`${sockfile.slice(sockfile.lastIndexOf("/") + 1)}.log`, left);
  const never = () => new Promise<void>(() => {});
  await using server = listen(() => ({ never }), { sockfile });
  await server.ready;
  const logs = await runCli(["logs", sockfile]);
  assertEquals([logs.code, logs.stdout], [1, ""]);
  assertStringIncludes(logs.stderr, "it has none, as it was not started by");
  const doctor = await runCli(["doctor", sockfile]);
  assertStringIncludes(doctor.stdout, "log: it has none");
  await using daemon = await join(box, "never");
  const call = daemon.rpc.never();
  server.close({ drainTimeout: 0 });
  const error = await assertRejects(() => call, ConnectionClosedError);
  assertEquals(error.logfile, undefined);
});
