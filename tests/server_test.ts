import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AutodError, ConnectionClosedError } from "../mod.ts";
import {
  type CloseOptions,
  type CreateIface,
  createServer,
  type ServerOptions,
} from "../server.ts";
import { SocketClaim } from "../src/files/socket_claim.ts";
import { inTime } from "../src/testing/deadline.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { join, notify, serve } from "../src/testing/serve.ts";

Deno.test("createServer() makes a server that does not listen yet", async () => {
  await using box = new Sandbox();
  await using server = createServer(() => ({ one: () => 1 }));
  await assertRejects(() => join(box, "one"), AutodError);
  await server.listen(box.sockfile);
  await using daemon = await join(box, "one");
  assertEquals(await daemon.rpc.one(), 1);
  assertEquals(daemon.connection.pid, Deno.pid);
});

Deno.test("createServer() rejects what is no function", () => {
  for (const wrong of [undefined, {}, "iface.ts"]) {
    assertThrows(
      () => createServer(wrong as unknown as CreateIface),
      TypeError,
      "createIface should be a function",
    );
  }
});

Deno.test("createServer() rejects options that it does not know, or cannot take", () => {
  for (
    const [options, said] of [
      [null, "createServer() takes an object of options"],
      [{ sockfile: "/d.sock" }, 'option "sockfile": there is none'],
      [{ drainTimeout: "1s" }, '"drainTimeout": it should be milliseconds'],
      [{ args: {} }, '"args": it should be an array'],
      [{ version: 1 }, '"version": it should be a string'],
      [{ onError: true }, '"onError": it should be a function'],
    ] as const
  ) {
    assertThrows(
      () => createServer(() => ({}), options as unknown as ServerOptions),
      TypeError,
      said,
    );
  }
});

Deno.test("Server.close() rejects options that it does not know, or cannot take, and goes on", async () => {
  await using box = new Sandbox();
  await using server = createServer(() => ({}));
  for (
    const [options, said] of [
      [() => {}, "Cannot take [Function (anonymous)]: close() takes an object"],
      [{ force: true }, 'option "force": there is none'],
      [{ drainTimeout: "1s" }, '"drainTimeout": it should be milliseconds'],
      [
        { drainTimeout: -1 },
        '"drainTimeout": it should be milliseconds from 0',
      ],
    ] as const
  ) {
    const close = () => server.close(options as unknown as CloseOptions);
    assertThrows(close, Error, said);
  }
  await server.listen(box.sockfile);
});

Deno.test("createServer() hands args to the factory", async () => {
  await using box = new Sandbox();
  const args = [1, { a: 2 }];
  await using _server = await serve(
    box,
    (_server, _stream, args) => ({ args: () => args }),
    { args },
  );
  await using daemon = await join(box, "args");
  assertEquals(await daemon.rpc.args(), args);
});

Deno.test("createServer() hands errors that no client hears of to onError", async () => {
  await using box = new Sandbox();
  const reported = Promise.withResolvers<unknown[]>();
  await using _server = await serve(
    box,
    () => ({
      fail: () => {
        throw new Error("No luck");
      },
    }),
    { onError: (error, what) => reported.resolve([String(error), what]) },
  );
  await notify(box, "fail");
  assertEquals(await inTime(reported.promise, "onError"), [
    "Error: No luck",
    'the method "fail"',
  ]);
});

Deno.test("Server quotes what a client calls something, and not all of it", async () => {
  await using box = new Sandbox();
  const reported = Promise.withResolvers<unknown[]>();
  await using _server = await serve(box, () => ({}), {
    onError: (error, what) => reported.resolve([String(error), what]),
  });
  const name = `\n\x1b[2J${"x".repeat(1000)}`;
  await notify(box, name);
  const quoted = `"\\n\\u001b[2J${"x".repeat(95)}"`;
  assertEquals(await inTime(reported.promise, "onError"), [
    `Error: The daemon has no method ${quoted}`,
    `the method ${quoted}`,
  ]);
});

Deno.test("Server.listen() resolves as ready does", async () => {
  await using box = new Sandbox();
  await using server = createServer(() => ({}));
  await server.listen(box.sockfile);
  await server.ready;
  assert(Deno.lstatSync(box.sockfile).isSocket);
});

Deno.test("Server.listen() rejects if the server listens already", async () => {
  await using box = new Sandbox();
  await using server = await serve(box, () => ({}));
  await assertRejects(
    () => server.listen(box.path("other.sock")),
    TypeError,
    "the server listens already",
  );
});

Deno.test("Server.listen() rejects if something else is in the place, and leaves it", async () => {
  await using box = new Sandbox();
  const file = box.write("file", "text");
  const server = createServer(() => ({}));
  await assertRejects(
    () => server.listen(file),
    AutodError,
    "a file is in its place",
  );
  await server.closed;
  assertEquals(Deno.readTextFileSync(file), "text");
});

Deno.test("Server.listen() rejects a path that no socket can have", async () => {
  const server = createServer(() => ({}));
  await assertRejects(
    () => server.listen("/tmp/".padEnd(200, "x")),
    TypeError,
    "its path has 200 bytes",
  );
  await server.closed;
});

Deno.test("Server.close() resolves closed, removes the socket and lets another serve", async () => {
  await using box = new Sandbox();
  for (let round = 0; round < 2; round++) {
    const server = await serve(box, () => ({}));
    server.close();
    await server.closed;
    assertThrows(() => Deno.lstatSync(box.sockfile), Deno.errors.NotFound);
  }
});

Deno.test("Server.close() ends a server that never listened", async () => {
  const server = createServer(() => ({}));
  server.close();
  await server.closed;
  await assertRejects(
    () => server.listen("/nowhere/d.sock"),
    TypeError,
    "the server was closed",
  );
});

Deno.test("Server.close() within a method still answers", async () => {
  await using box = new Sandbox();
  await using server = await serve(box, (server) => ({
    close: () => {
      server.close();
      return "closing";
    },
  }));
  await using daemon = await join(box, "close");
  assertEquals(await daemon.rpc.close(), "closing");
  await daemon.connection.closed;
  await server.closed;
});

Deno.test("Server.close() answers what is in flight and refuses what comes later", async () => {
  await using box = new Sandbox();
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<string>();
  await using server = await serve(box, () => ({
    slow: () => {
      begun.resolve();
      return go.promise;
    },
    fast: () => "fast",
  }));
  // A client of autod() would go on to start a successor.
  const path = box.sockfile;
  using conn = await Deno.connect({ transport: "unix", path });
  const peer = new PlainPeer(conn);
  await peer.ask(["a", "slow"]);
  await begun.promise;
  server.close();
  await peer.ask(["b", "fast"]);
  assertEquals(await peer.nextError(), ["b", -32802]);
  go.resolve("done");
  assertEquals(await peer.next(), { jsonrpc: "2.0", id: "a", result: "done" });
  await peer.assertEnd();
  await server.closed;
});

Deno.test("Server.close() tells who had come before, however busy its process is then", async () => {
  await using box = new Sandbox();
  await using server = await serve(box, () => ({}));
  using conn = await Deno.connect({ transport: "unix", path: box.sockfile });
  server.close();
  // All of its timers are over when it comes to look at its listener.
  for (const start = performance.now(); performance.now() - start < 100;);
  const peer = new PlainPeer(conn);
  await peer.ask([1, "$/hello", { protocol: 1 }]);
  assertEquals(await peer.nextError(), [1, -32802]);
  await peer.assertEnd();
  await inTime(server.closed, "the end of the server");
});

Deno.test("Server.close() tells who had come before, and whom it has not let in yet", async () => {
  await using box = new Sandbox();
  await using server = await serve(box, () => ({}));
  const connecting = Deno.connect({ transport: "unix", path: box.sockfile });
  server.close();
  // All of its timers are over when it comes to look at its listener.
  for (const start = performance.now(); performance.now() - start < 100;);
  using conn = await connecting;
  const peer = new PlainPeer(conn);
  await peer.ask([1, "$/hello", { protocol: 1 }]);
  assertEquals(await peer.nextError(), [1, -32802]);
  await peer.assertEnd();
  await inTime(server.closed, "the end of the server");
});

Deno.test("Server.close() cuts off what is in flight with drainTimeout: 0", async () => {
  await using box = new Sandbox();
  const begun = Promise.withResolvers<void>();
  await using server = await serve(box, () => ({
    never: () => {
      begun.resolve();
      return new Promise(() => {});
    },
  }));
  await using daemon = await join(box, "never");
  const call = daemon.rpc.never();
  await begun.promise;
  server.close();
  server.close({ drainTimeout: 0 });
  await assertRejects(() => call, ConnectionClosedError);
  await server.closed;
});

for (
  const [what, methods, shorter] of [
    ["a call", {}, 20],
    ["the disposal of an iface", {
      [Symbol.asyncDispose]: () => new Promise<void>(() => {}),
    }, 0],
  ] as const
) {
  Deno.test(`Server.close() takes a shorter drainTimeout for ${what}, while it is closing`, async () => {
    await using box = new Sandbox();
    const begun = Promise.withResolvers<void>();
    const server = await serve(box, () => ({
      never: () => {
        begun.resolve();
        return new Promise(() => {});
      },
      ...methods,
    }));
    await using daemon = await join(box, "never");
    const call = assertRejects(() => daemon.rpc.never(), ConnectionClosedError);
    await begun.promise;
    server.close({ drainTimeout: 2 ** 31 - 1 });
    server.close(); // which changes nothing
    server.close({ drainTimeout: shorter });
    await call;
    await inTime(server.closed, "the end of the server");
  });
}

Deno.test("Server.close() tells onError that the socket could not be looked for, and ends", async () => {
  await using box = new Sandbox();
  const sockfile = box.path("sub/d.sock");
  Deno.mkdirSync(box.path("sub"));
  const errors: string[] = [];
  const server = createServer(() => ({}), {
    onError: (_error, what) => errors.push(what),
  });
  await server.listen(sockfile);
  Deno.renameSync(box.path("sub"), box.path("moved"));
  box.write("sub", "");
  server.close();
  await server.closed;
  assertEquals(errors, ["removing the socket"]);
});

Deno.test("Server tells onError that its lost socket could not be put back, and puts it back later", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const told = Promise.withResolvers<string>();
  await using _server = await serve(box, () => ({}), {
    onError: (_error, what) => told.resolve(what),
  });
  const obstacle = box.write("d.sock.new", "");
  Deno.removeSync(sockfile);
  assertEquals(SocketClaim.tryTake(sockfile), undefined); // which misses it
  const what = await inTime(told.promise, "onError");
  assertEquals(what, "putting the socket back");
  Deno.removeSync(obstacle);
  // Until it is there, or for far too long.
  assertEquals(await SocketClaim.take(sockfile, 60_000), undefined);
});

Deno.test("Server closes when it is disposed of", async () => {
  await using box = new Sandbox();
  const server = await serve(box, () => ({}));
  await server[Symbol.asyncDispose]();
  assertThrows(() => Deno.lstatSync(box.sockfile), Deno.errors.NotFound);
});
