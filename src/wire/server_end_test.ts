import { assertEquals, assertInstanceOf } from "@std/assert";
import { toLimits } from "../limits.ts";
import { Handler } from "../testing/handler.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { inTime } from "../testing/deadline.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { Timers } from "../testing/timers.ts";
import { serve } from "../testing/wire_pair.ts";
import type { Duplex } from "./duplex.ts";
import { WireServer } from "./server.ts";

Deno.test("WireServer ends when a client without calls ends", async () => {
  for (const end of ["close", "closeWrite"] as const) {
    const { peer, ended } = serve(() => 1);
    await peer.ask([1, "m"]);
    await peer.next();
    await peer[end]();
    assertEquals(await ended, undefined);
  }
});

Deno.test("WireServer aborts its calls when the client has gone", async () => {
  using _timers = new Timers(); // no later look at the client is needed
  const handler = new Handler();
  const { peer, server, ended } = serve(handler.handle);
  await peer.ask([1, "slow"], [undefined, "note"]);
  await handler.begun(2);
  const signal = handler.signal(1);
  assertEquals(signal?.aborted, false);
  peer.close();
  await ended;
  assertEquals(signal?.reason.name, "AbortError");
  assertEquals(handler.calls.get(undefined)?.aborted, true);
  await server.drained();
});

Deno.test("WireServer aborts its calls when an answer cannot be written", async () => {
  const handler = new Handler();
  const [near, far] = memoryPair();
  const failure = new Error("cannot write");
  const duplex: Duplex = {
    read: (buffer) => far.read(buffer),
    write: () => Promise.reject(failure),
    closeWrite: () => far.closeWrite(),
    close: () => far.close(),
  };
  const { handle } = handler;
  const options = { ...toLimits({}), handle, onLostError: () => {} };
  const ended = new WireServer(duplex, options).run();
  const peer = new PlainPeer(near);
  await peer.ask([1, "slow"], [2, "quick"]);
  await atRest();
  handler.resolve(2, "never arrives");
  assertEquals(await ended, failure);
  assertEquals(handler.signal(1)?.reason, failure);
  await peer.assertEnd();
});

Deno.test("WireServer ends a stream that comes when the client has gone, and says so", async () => {
  const handler = new Handler();
  const { peer, ended } = serve(handler.handle);
  await peer.ask([1, "late"]);
  await atRest();
  peer.close();
  await ended;
  const cancelled = Promise.withResolvers<DOMException>();
  handler.resolve(1, new ReadableStream({ cancel: cancelled.resolve }));
  const { name, message } = await inTime(cancelled.promise, "the cancel");
  assertEquals([name, message], ["AbortError", "The client has gone"]);
});

Deno.test("WireServer.failCalls() aborts the calls, and drops what they come to later", async () => {
  const handler = new Handler();
  const { peer, server, ended } = serve(handler.handle);
  await peer.ask([1, "a"], [2, "b"], [undefined, "note"]);
  await atRest();
  const error = new Error("No luck");
  server.failCalls(error);
  for (const id of [1, 2, undefined]) {
    assertEquals(handler.signal(id)?.reason, error);
  }
  handler.resolve(1, "late");
  handler.reject(2, new Error("late"));
  handler.resolve(undefined, "late");
  assertEquals(await peer.nextError(), [1, -32603]);
  assertEquals(await peer.nextError(), [2, -32603]);
  await peer.closeWrite();
  await peer.assertEnd();
  await ended;
});

Deno.test("WireServer.drained() waits for what has come and has to wait for its turn", async () => {
  const requests = 300; // the first read has a few, and the second all others
  let served = 0;
  const drained = Promise.withResolvers<number>();
  const { peer, server } = serve(() => {
    if (++served === 100) {
      server.drained().then(() => drained.resolve(served));
    }
    return null;
  });
  const ids = Array.from({ length: requests }, (_, id) => id);
  await peer.ask(...ids.map((id): [number, string] => [id, "m"]));
  assertEquals(await drained.promise, requests);
});

Deno.test("WireServer.drained() waits until every answer is written", async () => {
  const handler = new Handler();
  const { peer, server } = serve(handler.handle, { capacity: 16 });
  await server.drained();
  await peer.ask([1, "m"]);
  await peer.ask([2, "m"]);
  await atRest();
  const order: unknown[] = [];
  const drained = server.drained().then(() => order.push("drained"));
  handler.resolve(1, "x".repeat(1000));
  order.push((await peer.next()).id);
  await atRest();
  handler.reject(2, "x".repeat(1000));
  await atRest();
  order.push("unread");
  await peer.next();
  await drained;
  assertEquals(order, [1, "unread", "drained"]);
});

Deno.test("WireServer.drained() waits for each call that comes later", async () => {
  const handler = new Handler();
  const { peer, server } = serve(handler.handle);
  const order: string[] = [];
  for (const id of ["first", "second"]) {
    await peer.ask([id, "m"]);
    await atRest();
    const drained = server.drained().then(() => order.push("drained"));
    await atRest();
    order.push(id);
    handler.resolve(id, 1);
    await drained;
  }
  assertEquals(order, ["first", "drained", "second", "drained"]);
});

Deno.test("WireServer.drained() waits for notifications too", async () => {
  const handler = new Handler();
  const { peer, server } = serve(handler.handle);
  await peer.ask([undefined, "note"]);
  await atRest();
  const order: string[] = [];
  const drained = server.drained().then(() => order.push("drained"));
  await atRest();
  order.push("end of the notification");
  handler.resolve(undefined, 1);
  await drained;
  assertEquals(order, ["end of the notification", "drained"]);
});

Deno.test("WireServer.drained() resolves to each who asks, and when it is destroyed", async () => {
  const handler = new Handler();
  const { peer, server, ended } = serve(handler.handle);
  await peer.ask([1, "m"]);
  await atRest();
  const drained = [server.drained(), server.drained()];
  server.destroy();
  await Promise.all([...drained, server.drained(), ended]);
});

Deno.test("WireServer.destroy() ends the connection and aborts its calls", async () => {
  const handler = new Handler();
  const { peer, server, ended } = serve(handler.handle);
  await peer.ask([1, "m"], [2, "m"]);
  await atRest();
  const reason = new Error("ends");
  server.destroy(reason);
  server.destroy(new Error("a second time"));
  assertEquals(await ended, reason);
  assertEquals(handler.signal(1)?.reason, reason);
  assertEquals(handler.signal(2)?.reason, reason);
  handler.resolve(1, "nobody hears this");
  handler.reject(2, new Error("nor this"));
  await peer.assertEnd();
});

Deno.test("WireServer.destroy() without a reason aborts calls with an AbortError", async () => {
  const handler = new Handler();
  const { peer, server, ended } = serve(handler.handle);
  await peer.ask([1, "m"]);
  await atRest();
  server.destroy();
  assertEquals(await ended, undefined);
  assertInstanceOf(handler.signal(1)?.reason, DOMException);
  const { name, message } = handler.signal(1)?.reason;
  assertEquals([name, message], ["AbortError", "The client has gone"]);
});

Deno.test("WireServer.destroy() in a method stops the requests behind it", async () => {
  const called: string[] = [];
  const { peer, server, ended } = serve(({ method }) => {
    called.push(method);
    server.destroy();
  });
  await peer.ask([1, "first"], [2, "second"]);
  await peer.assertEnd();
  await ended;
  assertEquals(called, ["first"]);
});

Deno.test("WireServer.finish() tells which request came last, and serves none after it", async () => {
  const handler = new Handler();
  const { peer, server, ended } = serve(handler.handle);
  await peer.ask([1, "a"], [7, "b"], [undefined, "note"]);
  await atRest();
  const finished = server.finish();
  await peer.ask([8, "late"]);
  const { method, params } = await peer.next();
  assertEquals([method, params], ["$/closed", { last: 7 }]);
  await finished;
  server.finish(); // is said once
  server.destroy();
  await ended;
  assertEquals([...handler.calls.keys()], [1, 7, undefined]);
  await peer.assertEnd();
});
