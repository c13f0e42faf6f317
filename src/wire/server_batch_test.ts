import { assertEquals } from "@std/assert";
import { atRest } from "../testing/at_rest.ts";
import { Clock } from "../testing/clock.ts";
import { idAndCode } from "../testing/plain_peer.ts";
import { serve } from "../testing/wire_pair.ts";
import type { Call } from "./call.ts";
import type { Request } from "./request.ts";
import { RefusedError } from "./answer.ts";

const echo = ({ args }: Request) => args;

function request(id: unknown, method = "m", params?: unknown) {
  return { jsonrpc: "2.0", id, method, params };
}

Deno.test("WireServer answers a batch in one line", async () => {
  const { peer } = serve(echo);
  await peer.send([request(1, "m", ["a"]), request("", "m", { b: 1 })]);
  assertEquals(
    await peer.line(),
    '[{"jsonrpc":"2.0","id":1,"result":["a"]},{"jsonrpc":"2.0","id":"","result":[{"b":1}]}]',
  );
});

Deno.test("WireServer answers a batch of one with an array", async () => {
  const { peer } = serve(echo);
  await peer.send([request(0)]);
  const answers = await peer.nextBatch();
  assertEquals(answers, [{ jsonrpc: "2.0", id: 0, result: [] }]);
});

Deno.test("WireServer.failCalls() answers a batch in one line, with what it had", async () => {
  const { peer, server, ended } = serve(({ method }) =>
    method === "never" ? new Promise(() => {}) : "now"
  );
  await peer.send([
    request(1, "never"),
    request(2),
    request(undefined, "never"),
  ]);
  await peer.send(request(3));
  assertEquals((await peer.next()).id, 3);
  server.failCalls(new Error("No luck"));
  const [failed, answered] = await peer.nextBatch();
  assertEquals(idAndCode(failed), [1, -32603]);
  assertEquals(answered, { jsonrpc: "2.0", id: 2, result: "now" });
  await peer.closeWrite();
  await peer.assertEnd();
  await ended;
});

Deno.test("WireServer answers a batch when its last call has ended", async () => {
  const end = Promise.withResolvers<string>();
  const { peer, server } = serve(({ method }) =>
    method === "slow" ? end.promise : "now"
  );
  await peer.send([request(1, "slow"), request(2, "now")]);
  await peer.send(request(3, "now"));
  assertEquals((await peer.next()).id, 3);
  assertEquals(server.calls, 1);
  end.resolve("done");
  const answers = await peer.nextBatch();
  assertEquals(answers.map(({ id, result }) => [id, result]), [
    [1, "done"],
    [2, "now"],
  ]);
});

Deno.test("WireServer runs the calls of a batch side by side", async () => {
  const second = Promise.withResolvers<string>();
  const { peer } = serve(({ id }) => {
    if (id === 2) second.resolve("from the second");
    return second.promise;
  });
  await peer.send([request(1), request(2)]);
  const answers = await peer.nextBatch();
  assertEquals(answers.map(({ result }) => result), [
    "from the second",
    "from the second",
  ]);
});

Deno.test("WireServer serves nothing before the calls of a batch ahead of it, also of the first", async () => {
  using clock = new Clock();
  const served: unknown[] = [];
  const { peer } = serve(({ id }) => {
    served.push(id);
    clock.now += 100; // each has a turn of its own
  });
  await peer.send([request(1), request(2)], request(3), [request(4)]);
  await peer.nextBatch();
  await peer.next();
  await peer.nextBatch();
  assertEquals(served, [1, 2, 3, 4]);
});

Deno.test("WireServer serves no more of a batch when its connection has ended", async () => {
  using clock = new Clock();
  const served: unknown[] = [];
  const { peer, server, ended } = serve(({ id }) => {
    served.push(id);
    clock.now += 100;
    server.destroy();
  });
  await peer.send([request(1), request(2)]);
  await ended;
  assertEquals(served, [1]);
});

Deno.test("WireServer serves no more of a batch when its client has gone", async () => {
  using clock = new Clock();
  let handled = 0;
  const { peer, ended } = serve(() => {
    clock.now += 100; // each has a turn of its own
    if (++handled === 2) peer.close();
  });
  await peer.send(Array.from({ length: 20 }, (_, id) => request(id)));
  assertEquals(await ended, undefined);
  assertEquals(handled < 5, true, `${handled}`);
});

Deno.test("WireServer answers an empty batch with -32600", async () => {
  const { peer } = serve(echo);
  await peer.write("[]\n[ ]\n");
  assertEquals(await peer.nextError(), [null, -32600]);
  assertEquals(await peer.nextError(), [null, -32600]);
});

Deno.test("WireServer does not answer a batch of notifications", async () => {
  const called: string[] = [];
  const lost: unknown[] = [];
  const { peer, ended } = serve(({ method }) => {
    called.push(method);
    if (method === "throws") throw "lost";
  }, { onLostError: (error) => lost.push(error) });
  await peer.send([request(undefined, "a"), request(undefined, "throws")]);
  await peer.closeWrite();
  await peer.assertEnd();
  await ended;
  assertEquals([called, lost], [["a", "throws"], ["lost"]]);
});

Deno.test("WireServer answers the requests of a mixed batch alone", async () => {
  const { peer } = serve(echo);
  await peer.send([request(undefined), request(1), request(undefined)]);
  assertEquals((await peer.nextBatch()).map(({ id }) => id), [1]);
});

Deno.test("WireServer answers each wrong member of a batch by itself", async () => {
  const { peer } = serve(({ method }) => {
    if (method === "unknown") throw new RefusedError(-32601, "Unknown");
    if (method === "rejects") return Promise.reject(new Error("no"));
    return method === "bigint" ? 10n : "ok";
  });
  await peer.send([
    1,
    null,
    [],
    [request(1)],
    {},
    request(null),
    request(2 ** 53),
    { jsonrpc: "1.0", id: "old", method: "m" },
    request("wrong", "m", 1),
    request("unknown", "unknown"),
    request("rejects", "rejects"),
    request("bigint", "bigint"),
    request("fine"),
  ]);
  const answers = await peer.nextBatch();
  assertEquals(answers.pop()?.result, "ok");
  assertEquals(answers.map(idAndCode), [
    ...Array(7).fill([null, -32600]),
    ["old", -32600],
    ["wrong", -32600],
    ["unknown", -32601],
    ["rejects", -32000],
    ["bigint", -32003],
  ]);
});

Deno.test("WireServer cancels one call of a batch", async () => {
  const calls: Call[] = [];
  const other = Promise.withResolvers<string>();
  const { peer, server } = serve(({ id }, call) => {
    calls.push(call);
    if (id === 2) return other.promise;
    const { promise, reject } = Promise.withResolvers();
    call.signal.addEventListener("abort", () => reject(call.signal.reason));
    return promise;
  });
  await peer.send([request(1), request(2)]);
  await peer.send(request(undefined));
  await peer.ask([3, "m"]);
  await atRest();
  assertEquals(calls.length, 4);
  server.cancel(1, new Error("cancelled"));
  other.resolve("untouched");
  const [cancelled, answered] = await peer.nextBatch();
  assertEquals(idAndCode(cancelled), [1, -32800]);
  assertEquals(answered.result, "untouched");
  assertEquals(calls.map(({ aborted }) => aborted), [
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("WireServer answers a batch before it ends a half-closed connection", async () => {
  const end = Promise.withResolvers<string>();
  const { peer } = serve(() => end.promise);
  await peer.send([request(1), request(2)]);
  await peer.closeWrite();
  end.resolve("late");
  assertEquals((await peer.nextBatch()).map(({ id }) => id), [1, 2]);
  await peer.assertEnd();
});
