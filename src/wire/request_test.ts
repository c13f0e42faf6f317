import { assertEquals, assertInstanceOf } from "@std/assert";
import type { Id } from "./message.ts";
import { InvalidRequest, toRequest } from "./request.ts";

const MAX = Number.MAX_SAFE_INTEGER;

function refusal(value: unknown): InvalidRequest {
  const request = toRequest(value);
  assertInstanceOf(request, InvalidRequest, JSON.stringify(value));
  return request;
}

Deno.test("toRequest() takes positional, named and no parameters", () => {
  const base = { jsonrpc: "2.0", id: 1, method: "m" };
  const expected = { id: 1, method: "m", session: undefined };
  const cases: [unknown, unknown[]][] = [
    [[1, [2], null], [1, [2], null]],
    [[], []],
    [{ a: 1 }, [{ a: 1 }]],
    [{}, [{}]],
    [undefined, []],
  ];
  for (const [params, args] of cases) {
    assertEquals<unknown>(toRequest({ ...base, params }), {
      ...expected,
      args,
    });
  }
});

Deno.test("toRequest() takes every id of JSON-RPC that can be echoed", () => {
  for (const id of [0, -1, 1.5, 1e-7, MAX, -MAX, "", "0", "é", "null"]) {
    const request = toRequest({ jsonrpc: "2.0", id, method: "m" });
    assertEquals((request as { id: Id }).id, id);
  }
});

Deno.test("toRequest() takes a message without an id for a notification", () => {
  const request = toRequest({ jsonrpc: "2.0", method: "m", params: [1] });
  assertEquals<unknown>(request, {
    id: undefined,
    method: "m",
    args: [1],
    session: undefined,
  });
});

Deno.test("toRequest() refuses an id that cannot be echoed", () => {
  for (
    const id of [
      MAX + 1,
      -MAX - 1,
      1e300,
      Infinity,
      "x".repeat(1025),
      null,
      true,
      {},
      [],
      [1],
    ]
  ) {
    const { reason, id: answerId } = refusal({
      jsonrpc: "2.0",
      id,
      method: "m",
    });
    assertEquals(answerId, null);
    assertEquals(
      reason,
      "an id is a string of up to 1024 characters, or a number within ±(2^53 - 1)",
    );
  }
});

Deno.test("toRequest() refuses what is no object", () => {
  for (const value of [null, 1, "text", true, [], [{}], undefined]) {
    assertEquals(refusal(value).id, null);
  }
});

Deno.test("toRequest() refuses wrong members, and knows whom to tell", () => {
  const good = { jsonrpc: "2.0", method: "m" };
  const cases: [string, Record<string, unknown>][] = [
    ["jsonrpc", { ...good, jsonrpc: undefined }],
    ["jsonrpc", { ...good, jsonrpc: 2 }],
    ["jsonrpc", { ...good, jsonrpc: "1.0" }],
    ["method", { ...good, method: undefined }],
    ["method", { ...good, method: 1 }],
    ["method", { ...good, method: null }],
    ["method", { ...good, method: ["m"] }],
    ["params", { ...good, params: null }],
    ["params", { ...good, params: "bar" }],
    ["params", { ...good, params: 0 }],
    ["params", { ...good, params: false }],
    ["session", { ...good, session: 1 }],
    ["session", { ...good, session: null }],
  ];
  for (const [member, value] of cases) {
    for (const id of [7, "", 0]) {
      const { reason, id: answerId } = refusal({ ...value, id });
      assertEquals(reason.split('"')[1], member);
      assertEquals(answerId, id);
    }
    assertEquals(refusal(value).id, null);
  }
});

Deno.test("toRequest() takes a session, and ignores members it does not know", () => {
  const request = toRequest({
    jsonrpc: "2.0",
    id: 1,
    method: "m",
    session: "s",
    other: 1,
  });
  const expected = { id: 1, method: "m", args: [], session: "s" };
  assertEquals<unknown>(request, expected);
});
