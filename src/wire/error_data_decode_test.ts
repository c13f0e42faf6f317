import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { RpcError } from "../errors.ts";
import {
  MAX_ERROR_DEPTH,
  toError,
  toErrorData,
  toRpcError,
} from "./error_data.ts";

class OutOfPaper extends Error {
  override readonly name = "OutOfPaper";
  readonly code = "EPAPER";
  readonly tray = { sheets: 0 };
}

/** What arrives: nothing that JSON cannot carry. */
function sent(thrown: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(toErrorData(thrown)));
}

Deno.test("toRpcError() keeps code, message, name, stack, data and cause", () => {
  const data = sent(new OutOfPaper("no paper", { cause: new TypeError("t") }));
  const error = toRpcError({ code: -32000, message: "no paper", data });
  assertInstanceOf(error, RpcError);
  assertEquals([error.name, error.code], ["RpcError", -32000]);
  assertEquals([error.message, error.remoteName], ["no paper", "OutOfPaper"]);
  assertEquals(error.remoteStack, data.stack);
  assert(error.stack?.includes("in the daemon"));
  assertEquals(error.data, { code: "EPAPER", tray: { sheets: 0 } });
  assertInstanceOf(error.cause, Error);
  assertEquals([error.cause.name, error.cause.message], ["TypeError", "t"]);
});

Deno.test("toRpcError() makes an error of anything", () => {
  const wrong = [undefined, null, 7, "text", [], {}, { data: "text" }, {
    code: "-32000",
    message: 7,
    data: { name: 7, stack: {}, cause: "text", errors: "text" },
  }];
  for (const value of wrong) {
    const error = toRpcError(value);
    assertEquals([error.code, typeof error.message], [0, "string"]);
    assert(error.message !== "");
    assertEquals([error.remoteName, error.remoteStack], [undefined, undefined]);
    assertEquals([error.data, error.cause], [{}, undefined]);
  }
});

Deno.test("toError() rebuilds what toErrorData() took apart", () => {
  const thrown = new AggregateError(
    [new OutOfPaper("tray 1"), new TypeError("tray 2")],
    "no tray",
    { cause: new RangeError("r", { cause: new OutOfPaper("deep") }) },
  );
  const error = toError(sent(thrown)) as AggregateError;
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.message], ["AggregateError", "no tray"]);
  assertEquals(error.stack, thrown.stack);
  const [first, second] = error.errors as OutOfPaper[];
  assertInstanceOf(first, Error);
  assertEquals([first.name, first.code], ["OutOfPaper", "EPAPER"]);
  assertEquals([second.name, second.message], ["TypeError", "tray 2"]);
  const cause = error.cause as Error;
  assertEquals(cause.name, "RangeError");
  assertEquals((cause.cause as Error).message, "deep");
  assertEquals(Object.keys(error), []);
});

Deno.test("toError() makes an error of objects alone", () => {
  for (const value of [undefined, null, 7, "text", [], true]) {
    assertEquals(toError(value), undefined);
  }
  const error = toError({});
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.message, error.cause], [
    "Error",
    "",
    undefined,
  ]);
  assertEquals(typeof error.stack, "string");
});

Deno.test("toError() goes so deep into causes and errors and no further", () => {
  let text = "{}";
  for (let depth = 0; depth < 5000; depth++) {
    text = depth % 2 ? `{"cause":${text}}` : `{"errors":[${text}]}`;
  }
  const depthOf = (error: unknown): number => {
    if (!(error instanceof Error)) return 0;
    const { errors = [] } = error as AggregateError;
    return 1 + Math.max(depthOf(error.cause), ...errors.map(depthOf), 0);
  };
  assertEquals(depthOf(toError(JSON.parse(text))), MAX_ERROR_DEPTH + 1);
  assert(
    depthOf(toRpcError({ data: JSON.parse(text) })) <= MAX_ERROR_DEPTH + 1,
  );
});

Deno.test("toError() keeps some of very many errors", () => {
  const errors = Array.from({ length: 1000 }, () => ({ message: "m" }));
  const error = toError({ errors }) as AggregateError;
  assert(error.errors.length >= 10 && error.errors.length <= 100);
});

Deno.test("toError() keeps what an error inherits", () => {
  const data = { message: "m", toString: 7, valueOf: {}, hasOwnProperty: 7 };
  const error = toError({ ...data, code: "ECODE", cause: data })!;
  assertEquals(`${error}, ${error.cause}`, "Error: m, Error: m");
  assertEquals(Object.keys(error), ["code"]);
});

const HOSTILE = `{
  "__proto__": {"polluted": 1, "name": "P"},
  "constructor": {"prototype": {"polluted": 2}},
  "prototype": {"polluted": 3},
  "name": "Hostile", "message": "m", "own": 1,
  "cause": {"__proto__": {"polluted": 4}, "constructor": 1, "message": "c"},
  "errors": [{"__proto__": {"polluted": 5}, "message": "e"}]
}`;

function assertUnpolluted(...objects: object[]): void {
  for (const object of [{}, [], () => {}, new Error(), ...objects]) {
    assertEquals((object as { polluted?: unknown }).polluted, undefined);
    assertEquals(Object.hasOwn(object, "constructor"), false);
    assertEquals(Object.hasOwn(object, "__proto__"), false);
  }
}

Deno.test("toRpcError() lets hostile data reach no prototype", () => {
  const error = toRpcError({
    code: 1,
    message: "m",
    data: JSON.parse(HOSTILE),
  });
  assertEquals(error.data, { own: 1 });
  assertStrictEquals(Object.getPrototypeOf(error.data), Object.prototype);
  assertStrictEquals(Object.getPrototypeOf(error), RpcError.prototype);
  assertUnpolluted(error, error.data, error.cause as Error);
});

Deno.test("toRpcError() lets a hostile error object reach no prototype", () => {
  const error = toRpcError(JSON.parse(
    '{"__proto__":{"code":7,"polluted":1},"constructor":1,"message":"m"}',
  ));
  assertEquals([error.code, error.message], [0, "m"]);
  assertUnpolluted(error);
});

Deno.test("toError() lets hostile data reach no prototype", () => {
  const error = toError(JSON.parse(HOSTILE)) as AggregateError;
  assertStrictEquals(Object.getPrototypeOf(error), Error.prototype);
  assertStrictEquals(error.constructor, Error);
  const cause = error.cause as Error;
  assertStrictEquals(Object.getPrototypeOf(cause), Error.prototype);
  assertEquals(Object.keys(error), ["own"]);
  assertUnpolluted(error, cause, error.errors[0]);
});
