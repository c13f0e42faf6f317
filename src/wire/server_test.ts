import { assertEquals, assertInstanceOf, fail } from "@std/assert";
import type { Message } from "../testing/plain_peer.ts";
import { serve } from "../testing/wire_pair.ts";
import type { Request } from "./request.ts";
import { RefusedError } from "./answer.ts";

const echo = ({ args }: Request) => args;

Deno.test("WireServer answers a request", async () => {
  const { peer } = serve(({ method, args }) => ({ method, args }));
  await peer.write(
    '{"jsonrpc":"2.0","id":1,"method":"add","params":[2,"é"]}\n',
  );
  assertEquals(
    await peer.line(),
    '{"jsonrpc":"2.0","id":1,"result":{"method":"add","args":[2,"é"]}}',
  );
});

Deno.test("WireServer passes positional, named and no parameters", async () => {
  const { peer } = serve(echo);
  await peer.ask([1, "m", [1, [2]]], [2, "m", { a: 1 }], [3, "m"], [
    4,
    "m",
    [],
  ]);
  assertEquals((await peer.next()).result, [1, [2]]);
  assertEquals((await peer.next()).result, [{ a: 1 }]);
  assertEquals((await peer.next()).result, []);
  assertEquals((await peer.next()).result, []);
});

Deno.test("WireServer refuses parameters that are neither array nor object", async () => {
  const { peer } = serve(echo);
  for (const params of [null, 1, "text", true]) {
    await peer.ask(["i", "m", params]);
    assertEquals(await peer.nextError(), ["i", -32600]);
  }
});

Deno.test("WireServer passes the session of a request", async () => {
  const sessions: unknown[] = [];
  const { peer } = serve(({ session }) => sessions.push(session));
  const base = { jsonrpc: "2.0", id: 1, method: "m" };
  await peer.send({ ...base, session: "s1" }, base, { ...base, session: 1 });
  await peer.next();
  await peer.next();
  assertEquals(await peer.nextError(), [1, -32600]);
  assertEquals(sessions, ["s1", undefined]);
});

Deno.test("WireServer calls in the order of the requests", async () => {
  const called: string[] = [];
  const { peer } = serve(({ method }) => {
    called.push(method);
    return method === "sync" ? 1 : Promise.resolve(1);
  });
  await peer.ask([1, "async"], [2, "sync"], [undefined, "note"], [3, "async"]);
  for (const id of [2, 1, 3]) assertEquals((await peer.next()).id, id);
  assertEquals(called, ["async", "sync", "note", "async"]);
});

Deno.test("WireServer answers in the order in which the calls end", async () => {
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const { peer } = serve(({ method }) => {
    if (method === "now") return "now";
    const end = Promise.withResolvers<string>();
    ends.set(method, end);
    return end.promise;
  });
  await peer.ask([1, "slow"], [2, "slower"], [3, "now"]);
  assertEquals((await peer.next()).id, 3);
  ends.get("slower")?.resolve("b");
  assertEquals((await peer.next()).id, 2);
  ends.get("slow")?.reject("a");
  assertEquals(await peer.nextError(), [1, -32000]);
});

Deno.test("WireServer counts the calls that it waits for", async () => {
  const end = Promise.withResolvers<void>();
  const { peer, server } = serve(({ method }) => {
    if (method === "now") return 1;
    return method === "slow" ? end.promise : end.promise.then(() => fail());
  });
  await peer.ask([1, "slow"], [undefined, "slow"], [2, "fails"], [3, "now"]);
  await peer.next();
  assertEquals(server.calls, 3);
  end.resolve();
  await peer.next();
  await peer.next();
  assertEquals(server.calls, 0);
});

Deno.test("WireServer never answers a notification", async () => {
  const lost: string[] = [];
  const fates: Record<string, () => unknown> = {
    returns: () => 1,
    resolves: () => Promise.resolve(1),
    bigint: () => 10n,
    throws: () => {
      throw new Error("thrown");
    },
    rejects: () => Promise.reject(new Error("rejected")),
    refuses: () => {
      throw new RefusedError(-32601, "unknown");
    },
  };
  const { peer, server } = serve(({ method }) => fates[method]?.(), {
    onLostError: (error, method) => {
      assertInstanceOf(error, Error);
      lost.push(`${method}: ${error.message}`);
    },
  });
  await peer.ask(
    ...Object.keys(fates).map((name): [undefined, string] => [undefined, name]),
  );
  await peer.ask([1, "last"]);
  assertEquals((await peer.next()).id, 1);
  await peer.closeWrite();
  await peer.assertEnd();
  await server.drained();
  assertEquals(lost.sort(), [
    "refuses: unknown",
    "rejects: rejected",
    "throws: thrown",
  ]);
});

Deno.test("WireServer sends notifications of its own", async () => {
  const { peer, server } = serve(echo);
  server.notify("$/log", { text: "é" });
  const expected = { jsonrpc: "2.0", method: "$/log", params: { text: "é" } };
  assertEquals<Message>(await peer.next(), expected);
});

// https://www.jsonrpc.org/specification#examples, what is sent and what comes
// back; messages are ours, so of an error its code is compared.
const SPECIFICATION: [string, string | undefined][] = [
  [
    '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
    '{"jsonrpc": "2.0", "result": 19, "id": 1}',
  ],
  [
    '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
    '{"jsonrpc": "2.0", "result": -19, "id": 2}',
  ],
  [
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
    '{"jsonrpc": "2.0", "result": 19, "id": 3}',
  ],
  [
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
    '{"jsonrpc": "2.0", "result": 19, "id": 4}',
  ],
  ['{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', undefined],
  ['{"jsonrpc": "2.0", "method": "foobar"}', undefined],
  [
    '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
    '{"jsonrpc": "2.0", "error": {"code": -32601}, "id": "1"}',
  ],
  [
    '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
    '{"jsonrpc": "2.0", "error": {"code": -32700}, "id": null}',
  ],
  [
    '{"jsonrpc": "2.0", "method": 1, "params": "bar"}',
    '{"jsonrpc": "2.0", "error": {"code": -32600}, "id": null}',
  ],
  [
    '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]',
    '{"jsonrpc": "2.0", "error": {"code": -32700}, "id": null}',
  ],
  ["[]", '{"jsonrpc": "2.0", "error": {"code": -32600}, "id": null}'],
  ["[1]", '[{"jsonrpc": "2.0", "error": {"code": -32600}, "id": null}]'],
  [
    "[1,2,3]",
    `[${
      Array(3).fill('{"jsonrpc": "2.0", "error": {"code": -32600}, "id": null}')
    }]`,
  ],
  [
    `[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
      {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
      {"foo": "boo"},
      {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
      {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]`,
    `[{"jsonrpc": "2.0", "result": 7, "id": "1"},
      {"jsonrpc": "2.0", "result": 19, "id": "2"},
      {"jsonrpc": "2.0", "error": {"code": -32600}, "id": null},
      {"jsonrpc": "2.0", "error": {"code": -32601}, "id": "5"},
      {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}]`,
  ],
  [
    `[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]`,
    undefined,
  ],
];

function calculate({ method, args }: Request): unknown {
  switch (method) {
    case "subtract": {
      const [first, second] = args;
      if (typeof first === "number") return first - Number(second);
      const named = first as { minuend: number; subtrahend: number };
      return named.minuend - named.subtrahend;
    }
    case "sum":
      return (args as number[]).reduce((sum, n) => sum + n);
    case "get_data":
      return Promise.resolve(["hello", 5]);
  }
  throw new RefusedError(-32601, "Method not found");
}

function withoutMessages(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(withoutMessages);
  const { error, ...others } = answer as Message;
  return error ? { ...others, error: { code: error.code } } : others;
}

Deno.test("WireServer answers the examples of JSON-RPC 2.0", async () => {
  const { peer } = serve(calculate, { onLostError: () => {} });
  for (const [sent, expected] of SPECIFICATION) {
    await peer.write(sent.replaceAll("\n", "") + "\n");
    if (expected !== undefined) {
      const answer = withoutMessages(await peer.next());
      assertEquals(answer, JSON.parse(expected), sent);
    }
  }
  await peer.closeWrite();
  await peer.assertEnd();
});
