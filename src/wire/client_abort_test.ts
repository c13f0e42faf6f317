import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { RpcError } from "../errors.ts";
import { atRest } from "../testing/at_rest.ts";
import { connect, connectServed } from "../testing/wire_pair.ts";
import type { Message } from "../testing/plain_peer.ts";

/** What a call that has to be rejected is rejected with, which can be anything. */
function reasonOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (result) => {
      throw new Error(`not rejected: ${result}`);
    },
    (reason: unknown) => reason,
  );
}

function countListeners(signal: AbortSignal): { readonly left: number } {
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener) => {
    listeners.add(listener);
    add(type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listeners.delete(listener);
    remove(type, listener);
  };
  return {
    get left() {
      return listeners.size;
    },
  };
}

Deno.test("WireClient.call() sends nothing where its signal is aborted already", async () => {
  const { client, peer } = connect();
  const reason = new Error("before");
  const call = client.call("m", [], AbortSignal.abort(reason));
  assertStrictEquals(await reasonOf(call), reason);
  client.notify("first", {});
  assertEquals((await peer.next()).method, "first");
});

Deno.test("WireClient.call() rejects with the reason at once, and tells the server", async () => {
  const { client, peer } = connect();
  const controller = new AbortController();
  const call = client.call("m", [], controller.signal);
  const { id } = await peer.next();
  const reason = { any: "thing" };
  controller.abort(reason);
  assertStrictEquals(await reasonOf(call), reason);
  assertEquals<Message>(await peer.next(), {
    jsonrpc: "2.0",
    method: "$/cancelRequest",
    params: { id },
  });
});

Deno.test("WireClient ignores the late answer to a call that was aborted", async () => {
  const { client, peer } = connect();
  const controller = new AbortController();
  const aborted = client.call("m", [], controller.signal);
  const other = client.call("other", []);
  controller.abort("reason");
  assertEquals(await reasonOf(aborted), "reason");
  await peer.send(
    { jsonrpc: "2.0", id: 1, error: { code: -32800, message: "cancelled" } },
    { jsonrpc: "2.0", id: 1, result: "late" },
    { jsonrpc: "2.0", id: 2, result: "untouched" },
  );
  assertEquals(await other, "untouched");
});

Deno.test("WireClient aborts all calls of one signal", async () => {
  const { client, peer } = connect();
  const controller = new AbortController();
  const calls = [1, 2, 3].map(() => client.call("m", [], controller.signal));
  for (const _ of calls) await peer.next();
  controller.abort("all");
  assertEquals(await Promise.all(calls.map(reasonOf)), ["all", "all", "all"]);
  const cancelled = [await peer.next(), await peer.next(), await peer.next()];
  assertEquals(cancelled.map(({ params }) => params), [
    { id: 1 },
    { id: 2 },
    { id: 3 },
  ]);
});

Deno.test("WireClient says nothing where the signal aborts after the answer", async () => {
  const { client, peer } = connect();
  const controller = new AbortController();
  const listeners = countListeners(controller.signal);
  const resolved = client.call("m", [], controller.signal);
  const rejected = client.call("m", [], controller.signal);
  assertEquals(listeners.left, 2);
  await peer.next();
  await peer.next();
  await peer.send(
    { jsonrpc: "2.0", id: 1, result: "done" },
    { jsonrpc: "2.0", id: 2, error: { code: 1, message: "no" } },
  );
  assertEquals(await resolved, "done");
  await assertRejects(() => rejected, RpcError);
  assertEquals(listeners.left, 0);
  controller.abort();
  client.notify("next", {});
  assertEquals((await peer.next()).method, "next");
});

Deno.test("WireClient lets go of a signal when the connection ends", async () => {
  const { client } = connect();
  const controller = new AbortController();
  const listeners = countListeners(controller.signal);
  const reason = reasonOf(client.call("m", [], controller.signal));
  client.close();
  await reason;
  assertEquals(listeners.left, 0);
});

Deno.test("WireClient lets go of a signal whose call was not sent", async () => {
  const { client } = connect();
  const { signal } = new AbortController();
  const listeners = countListeners(signal);
  await assertRejects(() => client.call("m", [10n], signal), TypeError);
  assertEquals(listeners.left, 0);
});

Deno.test("WireClient cancels the call in a WireServer", async () => {
  const began = Promise.withResolvers<AbortSignal>();
  const { client, server } = connectServed(({ method, args }, call) => {
    if (method === "$/cancelRequest") {
      const [{ id }] = args as [{ id: unknown }];
      return server.cancel(id, new Error("cancelled"));
    }
    began.resolve(call.signal);
    return Promise.withResolvers().promise;
  });
  const controller = new AbortController();
  const reason = reasonOf(client.call("slow", [], controller.signal));
  const signal = await began.promise;
  assertEquals(signal.aborted, false);
  controller.abort("enough");
  assertEquals(await reason, "enough");
  await atRest();
  assertEquals(signal.aborted, true);
});
