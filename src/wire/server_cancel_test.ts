import { assertEquals } from "@std/assert";
import { Handler } from "../testing/handler.ts";
import { atRest } from "../testing/at_rest.ts";
import { idAndCode } from "../testing/plain_peer.ts";
import { serve } from "../testing/wire_pair.ts";
import type { Call } from "./call.ts";

Deno.test("WireServer.cancel() aborts the call with that id alone", async () => {
  const handler = new Handler();
  const { peer, server } = serve(handler.handle);
  await peer.ask([1, "m"], ["1", "m"], [0, "m"], ["", "m"]);
  await atRest();
  const reason = new Error("cancelled");
  server.cancel("1", reason);
  server.cancel("", reason);
  for (const id of [2, null, {}, "0"]) server.cancel(id, reason);
  assertEquals(handler.signal("1")?.reason, reason);
  assertEquals(handler.signal("")?.reason, reason);
  assertEquals(handler.signal(1)?.aborted, false);
  assertEquals(handler.signal(0)?.aborted, false);
});

Deno.test("WireServer serves calls that have the same id, and cancels all of them", async () => {
  const ends: ((result: unknown) => void)[] = [];
  const calls: Call[] = [];
  const { peer, server } = serve((_, call) => {
    calls.push(call);
    return new Promise((resolve) => ends.push(resolve));
  });
  await peer.ask([1, "m"], [1, "m"], [1, "m"]);
  await atRest();
  assertEquals(server.calls, 3);
  server.cancel(1, new Error("cancelled"));
  assertEquals(calls.map(({ aborted }) => aborted), [true, true, true]);
  for (const end of ends) end("done");
  for (const _ of ends) assertEquals((await peer.next()).result, "done");
  assertEquals(server.calls, 0);
  await peer.ask([1, "m"]);
  await atRest();
  assertEquals(calls.at(-1)?.aborted, false);
});

Deno.test({
  name: "WireServer.cancel() without an id cancels no notification",

  fn: async () => {
    const handler = new Handler();
    const { peer, server } = serve(handler.handle);
    await peer.ask([undefined, "note"]);
    await atRest();
    server.cancel(undefined, new Error("cancelled"));
    assertEquals(handler.signal(undefined)?.aborted, false);
  },
});

Deno.test("WireServer answers a cancelled call with -32800 where it rejects", async () => {
  const handler = new Handler();
  const { peer, server } = serve(handler.handle);
  await peer.ask(["a", "m"], ["b", "m"], ["c", "m"]);
  await atRest();
  server.cancel("a", new Error("cancelled"));
  server.cancel("b", new Error("cancelled"));
  handler.reject("a", new TypeError("own error"));
  const answer = await peer.next();
  assertEquals(idAndCode(answer), ["a", -32800]);
  assertEquals(answer.error?.data?.name, "TypeError");
  handler.resolve("b", "all the same");
  assertEquals((await peer.next()).result, "all the same");
  handler.reject("c", new Error("not cancelled"));
  assertEquals(await peer.nextError(), ["c", -32000]);
});

Deno.test("WireServer.cancel() ignores calls that have been answered", async () => {
  const handler = new Handler();
  const { peer, server } = serve(handler.handle);
  await peer.ask([1, "m"]);
  await atRest();
  handler.resolve(1, "done");
  await peer.next();
  server.cancel(1, new Error("too late"));
  assertEquals(handler.calls.get(1)?.aborted, false);
});
