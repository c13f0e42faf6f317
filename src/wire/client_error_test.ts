import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { RpcError } from "../errors.ts";
import { connect, connectServed } from "../testing/wire_pair.ts";
import { RefusedError } from "./answer.ts";

/** What a caller gets of what a method throws. */
async function remote(thrown: unknown): Promise<RpcError> {
  const { client } = connectServed(() => Promise.reject(thrown));
  return await assertRejects(() => client.call("m", []), RpcError);
}

/** What a caller gets of the text of an `error` member. */
async function answered(errorText: string): Promise<RpcError> {
  const { client, peer } = connect();
  const rejected = assertRejects(() => client.call("m", []), RpcError);
  await peer.write(`{"jsonrpc":"2.0","id":1,"error":${errorText}}\n`);
  return await rejected;
}

Deno.test("WireClient rejects with the code and the message of the answer", async () => {
  const error = await answered('{"code":-32601,"message":"No such method"}');
  assertEquals([error.code, error.message], [-32601, "No such method"]);
  assertEquals([error.remoteName, error.remoteStack], [undefined, undefined]);
  assertEquals([error.data, error.cause], [{}, undefined]);
});

Deno.test("WireClient rejects with the name and the stack of what was thrown", async () => {
  class OutOfPaper extends Error {
    override readonly name = "OutOfPaper";
    readonly code = "EPAPER";
  }
  const thrown = new OutOfPaper("no paper");
  const error = await remote(thrown);
  assertEquals([error.name, error.code], ["RpcError", -32000]);
  assertEquals([error.message, error.remoteName], ["no paper", "OutOfPaper"]);
  assertEquals(error.remoteStack, thrown.stack);
  assertEquals(error.data, { code: "EPAPER" });
  assertStringIncludes(error.stack ?? "", "in the daemon");
});

Deno.test("WireClient rejects with the causes of what was thrown", async () => {
  const inner = Object.assign(new RangeError("inner"), { code: "EINNER" });
  const outer = new Error("outer", {
    cause: new TypeError("middle", { cause: inner }),
  });
  const middle = (await remote(outer)).cause as Error;
  assertInstanceOf(middle, Error);
  assertEquals([middle.name, middle.message], ["TypeError", "middle"]);
  const cause = middle.cause as typeof inner;
  assertEquals([cause.name, cause.message], ["RangeError", "inner"]);
  assertEquals([cause.code, cause.stack], ["EINNER", inner.stack]);
});

Deno.test("WireClient rejects with the errors of an AggregateError in a cause", async () => {
  const all = new AggregateError([new TypeError("a"), "b"], "all");
  const error = await remote(new Error("outer", { cause: all }));
  const { name, errors } = error.cause as AggregateError;
  assertEquals(name, "AggregateError");
  const texts = errors.map(({ name, message }) => `${name}: ${message}`);
  assertEquals(texts, ["TypeError: a", "Error: b"]);
});

Deno.test({
  name: "WireClient rejects with the errors of an AggregateError",

  fn: async () => {
    const error = await remote(new AggregateError([new TypeError("a")], "all"));
    const { errors } = error as unknown as AggregateError;
    assertEquals(errors.map(({ message }) => message), ["a"]);
  },
});

Deno.test("WireClient rejects where causes go in a circle", async () => {
  const first = new Error("first");
  const second = new Error("second", { cause: first });
  first.cause = second;
  const error = await remote(first);
  assertEquals(error.message, "first");
  let depth = 0;
  for (let at: unknown = error; at instanceof Error; at = at.cause) depth++;
  assert(depth > 2 && depth < 20, `${depth} errors deep`);
});

Deno.test("WireClient rejects with an error where none was thrown", async () => {
  const cases: [unknown, string, Record<string, unknown>][] = [
    ["text", "text", { value: "text" }],
    [{ a: 1 }, '{"a":1}', { value: { a: 1 } }],
    [null, "null", { value: null }],
    [undefined, "undefined", {}],
  ];
  for (const [thrown, message, data] of cases) {
    const error = await remote(thrown);
    assertEquals([error.code, error.message], [-32000, message]);
    assertEquals([error.remoteName, error.data], ["Error", data]);
  }
});

Deno.test("WireClient rejects with the data of a RefusedError", async () => {
  const error = await remote(new RefusedError(-32802, "Closing", { after: 1 }));
  assertEquals([error.code, error.message], [-32802, "Closing"]);
  assertEquals([error.data, error.remoteName], [{ after: 1 }, undefined]);
});

Deno.test("WireClient rejects with -32003 where a result is no JSON", async () => {
  const { client } = connectServed(({ method }) => method === "big" ? 10n : 1);
  const call = () => client.call("big", []);
  const error = await assertRejects(call, RpcError, '"big"');
  assertEquals([error.code, error.remoteName], [-32003, "TypeError"]);
  assertEquals(await client.call("small", []), 1);
});

Deno.test("WireClient makes the best of an error that is wrong", async () => {
  for (
    const text of ["null", "7", '"text"', "[]", "{}", '{"code":"1","data":[]}']
  ) {
    const error = await answered(text);
    assertEquals([error.code, error.data], [0, {}]);
    assert(error.message !== "");
  }
});

Deno.test("WireClient lets hostile error data reach no prototype", async () => {
  const error = await answered(`{"code": 1, "message": "m", "data": {
    "__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 2}},
    "prototype": {"polluted": 3}, "own": 1, "toString": 7, "hasOwnProperty": 7,
    "cause": {"__proto__": {"polluted": 4}, "constructor": 7, "message": "c"}
  }}`.replaceAll("\n", ""));
  assertEquals(error.data, { own: 1, toString: 7, hasOwnProperty: 7 });
  const cause = error.cause as Error;
  for (const object of [{}, [], new Error(), error, error.data, cause]) {
    assertEquals((object as { polluted?: unknown }).polluted, undefined);
  }
  assertEquals(cause.constructor, Error);
  assertEquals(Object.getPrototypeOf(error.data), Object.prototype);
});

Deno.test("WireClient outlives error data of huge depth", async () => {
  const depth = 20_000;
  const causes = '{"cause":'.repeat(depth) + "{}" + "}".repeat(depth);
  const error = await answered(`{"code":1,"message":"m","data":${causes}}`);
  let seen = 0;
  for (let at: unknown = error; at instanceof Error; at = at.cause) seen++;
  assert(seen > 2 && seen < 20, `${seen} errors deep`);

  const own = '{"a":'.repeat(depth) + "{}" + "}".repeat(depth);
  const { data } = await answered(`{"code":1,"message":"m","data":${own}}`);
  assertEquals(Object.keys(data), ["a"]);
});
