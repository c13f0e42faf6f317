import { assertEquals } from "@std/assert";
import { toLimits } from "../limits.ts";
import { Handler } from "../testing/handler.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { Timers } from "../testing/timers.ts";
import { serve } from "../testing/wire_pair.ts";
import type { Duplex } from "./duplex.ts";
import { waitHalfClosed } from "./half_close.ts";
import { WireServer } from "./server.ts";

Deno.test("WireServer answers a client that shut its write side right after asking", async () => {
  using timers = new Timers();
  const handler = new Handler();
  const { peer, ended } = serve(handler.handle);
  await peer.ask([1, "slow"], [2, "slower"]);
  await peer.closeWrite();
  await timers.rest();
  handler.resolve(1, "first");
  await timers.rest();
  handler.resolve(2, "second");
  assertEquals((await peer.next()).result, "first");
  assertEquals((await peer.next()).result, "second");
  await peer.assertEnd();
  assertEquals(await ended, undefined);
  assertEquals(handler.calls.get(2)?.aborted, false);
});

Deno.test("WireServer writes all answers to a half-closed client that reads slowly", async () => {
  const { peer, ended } = serve(() => "x".repeat(65536), { capacity: 1024 });
  await peer.ask([1, "m"], [2, "m"], [3, "m"]);
  await peer.closeWrite();
  await atRest();
  for (const id of [1, 2, 3]) assertEquals((await peer.next()).id, id);
  await peer.assertEnd();
  assertEquals(await ended, undefined);
});

Deno.test("WireServer looks after a half-closed client that leaves later", async () => {
  using timers = new Timers();
  const handler = new Handler();
  const { peer, ended } = serve(handler.handle);
  await peer.ask([1, "slow"]);
  await peer.closeWrite();
  for (let tick = 0; tick < 3; tick++) {
    await timers.rest();
    assertEquals(handler.signal(1)?.aborted, false);
    assertEquals(timers.length, 1);
    timers.fire();
  }
  await timers.rest();
  peer.close();
  timers.fire();
  await ended;
  assertEquals(handler.signal(1)?.reason.name, "AbortError");
});

Deno.test({
  name: "WireServer ends a half-closed connection with its last answer",

  fn: async () => {
    using timers = new Timers();
    const handler = new Handler();
    const [near, far] = memoryPair();
    const duplex: Duplex = {
      read: (buffer) => far.read(buffer),
      async write(bytes) {
        // The call ends while the server looks whether the client is there.
        handler.resolve(1, "answer");
        await timers.rest();
        return far.write(bytes);
      },
      closeWrite: () => far.closeWrite(),
      close: () => far.close(),
    };
    const { handle } = handler;
    const options = { ...toLimits({}), handle, onLostError: () => {} };
    const ended = new WireServer(duplex, options).run();
    const peer = new PlainPeer(near);
    await peer.ask([1, "slow"]);
    await peer.closeWrite();
    assertEquals((await peer.next()).result, "answer");
    await timers.rest();
    assertEquals(timers.length, 0);
    assertEquals(await ended, undefined);
  },
});

Deno.test("waitHalfClosed() leaves nothing behind at what it waits for", async () => {
  using timers = new Timers();
  const [near] = memoryPair();
  const { promise, resolve } = Promise.withResolvers<void>();
  let waits = 0;
  const { then } = promise;
  promise.then = (...args) => {
    waits++;
    return then.apply(promise, args) as Promise<never>;
  };
  const waiting = waitHalfClosed(near, promise);
  for (let look = 0; look < 10; look++) {
    await timers.rest();
    timers.fire();
  }
  assertEquals(waits, 1);
  resolve();
  await waiting;
});
