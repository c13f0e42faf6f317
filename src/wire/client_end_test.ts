import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ConnectionClosedError, RpcError } from "../errors.ts";
import { toLimits } from "../limits.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { connect, connectServed } from "../testing/wire_pair.ts";
import { WireClient } from "./client.ts";

function closedError(
  client: WireClient,
  method: string,
): Promise<ConnectionClosedError> {
  return assertRejects(() => client.call(method, []), ConnectionClosedError);
}

Deno.test("WireClient rejects pending calls when the server ends", async () => {
  for (const end of ["close", "closeWrite"] as const) {
    const { client, peer } = connect();
    const pending = [closedError(client, "a"), closedError(client, "b")];
    await peer.next();
    await peer[end]();
    for (const [i, error] of (await Promise.all(pending)).entries()) {
      assertEquals([error.method, error.maybeExecuted], ["ab"[i], true]);
      assertStringIncludes(error.message, `"${"ab"[i]}"`);
    }
    await client.closed;
  }
});

Deno.test("WireClient.close() rejects pending calls", async () => {
  const { client, peer } = connect();
  const pending = closedError(client, "m");
  assertEquals((await peer.next()).method, "m");
  client.close();
  client.close();
  assertEquals((await pending).maybeExecuted, true);
  await client.closed;
  await peer.assertEnd();
});

Deno.test("WireClient gives calls up in the order in which they were made", async () => {
  const { client, peer } = connect();
  const failed: unknown[] = [];
  client.repeat = ({ args }) => {
    failed.push((args as unknown[])[0]);
    return Promise.resolve();
  };
  const answer = async () => {
    const { id } = await peer.next();
    await peer.write(`{"jsonrpc":"2.0","id":${id},"result":null}\n`);
  };
  for (let i = 0; i < 100; i++) {
    const call = client.call("m", []);
    await answer();
    await call;
  }
  const calls = Array.from({ length: 50 }, (_, i) => client.call("m", [i]));
  await peer.close();
  await Promise.all(calls);
  assertEquals(failed, Array.from({ length: 50 }, (_, i) => i));
});

Deno.test("WireClient takes no call after the end", async () => {
  const { client } = connect();
  client.close();
  const error = await closedError(client, "late");
  assertEquals([error.method, error.maybeExecuted], ["late", false]);
  client.notify("$/note", {});
  await client.closed;
});

Deno.test("WireClient hears nothing after its end, also of what came in one piece with it", async () => {
  const heard: string[] = [];
  const { client, peer } = connect({
    onNotification(method) {
      heard.push(method);
      client.close();
    },
  });
  await peer.send({ method: "$/first" }, { method: "$/second" });
  await client.closed;
  await atRest();
  assertEquals(heard, ["$/first"]);
});

Deno.test("WireClient takes no call after the server's end", async () => {
  const { client, peer } = connect();
  peer.close();
  await client.closed;
  assertEquals((await closedError(client, "late")).maybeExecuted, false);
});

Deno.test("WireClient ends when the server leaves without having read a call", async () => {
  const { client, peer } = connect({ capacity: 4 });
  const pending = closedError(client, "m");
  await atRest();
  peer.close();
  assertEquals((await pending).maybeExecuted, true);
  await client.closed;
});

Deno.test("WireClient ends when it cannot write", async () => {
  const [near] = memoryPair();
  const failure = new Error("cannot write");
  const client = new WireClient({
    read: (buffer) => near.read(buffer),
    write: () => Promise.reject(failure),
    closeWrite: () => near.closeWrite(),
    close: () => near.close(),
  }, toLimits({}));
  assertEquals((await closedError(client, "m")).cause, failure);
  await client.closed;
});

Deno.test("WireClient knows what was not executed where the server says which request came last", async () => {
  for (
    const [last, expected] of [[2, [true, true, false]], [null, [
      false,
      false,
      false,
    ]]]
  ) {
    const { client, peer } = connect();
    const pending = ["a", "b", "c"].map((name) => closedError(client, name));
    await peer.send({ jsonrpc: "2.0", method: "$/closed", params: { last } });
    peer.close();
    const errors = await Promise.all(pending);
    assertEquals(errors.map(({ maybeExecuted }) => maybeExecuted), expected);
    await client.closed;
  }
});

Deno.test("WireClient takes a last word that names no request for one that none was served", async () => {
  for (const params of [undefined, null, [], 3, {}]) {
    const { client, peer } = connect();
    const pending = closedError(client, "m");
    await peer.send({ jsonrpc: "2.0", method: "$/closed", params });
    peer.close();
    const { maybeExecuted, cause } = await pending;
    assertEquals([maybeExecuted, cause], [false, undefined]);
  }
});

Deno.test("WireClient hears the server's last word although it cannot write", async () => {
  const [near, far] = memoryPair();
  const peer = new PlainPeer(far);
  const client = new WireClient({
    read: (buffer) => near.read(buffer),
    write: () => Promise.reject(new Error("cannot write")),
    closeWrite: () => near.closeWrite(),
    close: () => near.close(),
  }, toLimits({}));
  const pending = closedError(client, "m");
  await atRest();
  assertEquals((await closedError(client, "later")).maybeExecuted, false);
  await peer.send({
    jsonrpc: "2.0",
    method: "$/closed",
    params: { last: null },
  });
  peer.close();
  assertEquals((await pending).maybeExecuted, false);
});

Deno.test("WireClient resolves calls whose answers came before the end", async () => {
  const { client, peer } = connect();
  const answered = client.call("answered", []);
  const pending = closedError(client, "pending");
  await peer.send({ jsonrpc: "2.0", id: 1, result: "in time" });
  peer.close();
  assertEquals(await answered, "in time");
  assertEquals((await pending).maybeExecuted, true);
});

Deno.test("WireClient ends with the cause where the server talks garbage", async () => {
  const invalidUtf8 = Uint8Array.from([0x22, 0xff, 0x22, 10]);
  const garbage = [
    "HTTP/1.1 400 Bad Request\r\n",
    "{\n",
    "null\n",
    "7\n",
    '"text"\n',
    "[]\n",
    '[{"jsonrpc":"2.0","id":1,"result":1}]\n',
    invalidUtf8,
  ];
  for (const data of garbage) {
    const { client, peer } = connect();
    const pending = closedError(client, "m");
    await peer.next();
    await peer.write(data);
    const error = await pending;
    assertEquals(error.maybeExecuted, true);
    assertInstanceOf(error.cause, SyntaxError);
    const later = await closedError(client, "later");
    assertInstanceOf(later.cause, SyntaxError);
    assertEquals(later.maybeExecuted, false);
    await peer.assertEnd();
  }
});

Deno.test("WireClient ends where an answer is longer than maxMessageBytes", async () => {
  const { client, peer } = connect({ maxMessageBytes: 100 });
  const pending = closedError(client, "m");
  await peer.next();
  await peer.write(`{"jsonrpc":"2.0","id":1,"result":"${"x".repeat(100)}"}\n`);
  const { cause } = await pending;
  assertInstanceOf(cause, RangeError);
});

Deno.test("WireClient takes an answer of exactly maxMessageBytes", async () => {
  const { client, peer } = connect({ maxMessageBytes: 100 });
  const call = client.call("m", []);
  const frame = '{"jsonrpc":"2.0","id":1,"result":""}'.length;
  const result = "x".repeat(100 - frame);
  await peer.send({ jsonrpc: "2.0", id: 1, result });
  assertEquals(await call, result);
});

Deno.test("WireClient ends with the error of an answer without an id", async () => {
  const { client, peer } = connect();
  const pending = closedError(client, "m");
  await peer.next();
  const error = { code: -32600, message: "Cannot read a line" };
  await peer.send({ jsonrpc: "2.0", id: null, error });
  const { cause } = await pending;
  assertInstanceOf(cause, RpcError);
  assertEquals([cause.code, cause.message], [-32600, "Cannot read a line"]);
  await peer.assertEnd();
});

Deno.test("WireClient ends at a result without an id, which answers nobody", async () => {
  const { client, peer } = connect();
  const pending = closedError(client, "m");
  await peer.next();
  await peer.send({ jsonrpc: "2.0", id: null, result: 1 });
  assertInstanceOf((await pending).cause, SyntaxError);
  await peer.assertEnd();
});

Deno.test("WireClient.signal aborts when the connection ends", async () => {
  const { client, peer } = connect();
  const { signal } = client;
  assertEquals(signal.aborted, false);
  const pending = closedError(client, "m");
  await peer.next();
  await peer.write("garbage\n");
  const { cause } = await pending;
  assertEquals(signal.aborted, true);
  assertEquals(signal.reason, cause);
});

Deno.test("WireClient.signal is aborted where it is asked for after the end", () => {
  const { client } = connect();
  client.close();
  assertEquals(client.signal.aborted, true);
  assertEquals(client.signal, client.signal);
});

Deno.test("WireClient.closed resolves once the connection has ended", async () => {
  const { client, peer } = connect();
  const order: string[] = [];
  const closed = client.closed.then(() => order.push("closed"));
  await atRest();
  order.push("end");
  peer.close();
  await closed;
  assertEquals(order, ["end", "closed"]);
});

Deno.test("WireClient.close() aborts its calls in a WireServer", async () => {
  const began = Promise.withResolvers<AbortSignal>();
  const { client, ended } = connectServed((_, call) => {
    began.resolve(call.signal);
    return Promise.withResolvers().promise;
  });
  const pending = closedError(client, "slow");
  const signal = await began.promise;
  client.close();
  await ended;
  assertEquals(signal.aborted, true);
  await pending;
});
