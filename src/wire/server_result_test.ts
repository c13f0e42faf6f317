import { assertEquals } from "@std/assert";
import { idAndCode } from "../testing/plain_peer.ts";
import { serve } from "../testing/wire_pair.ts";
import { RefusedError } from "./answer.ts";

/** The line that answers a call of `method`. */
async function lineOf(method: () => unknown): Promise<string | undefined> {
  const { peer } = serve(method);
  await peer.ask([1, "m"]);
  return peer.line();
}

async function errorOf(method: () => unknown) {
  const { error } = JSON.parse(await lineOf(method) ?? "{}");
  return error;
}

Deno.test("WireServer answers undefined with null", async () => {
  const expected = '{"jsonrpc":"2.0","id":1,"result":null}';
  for (const value of [undefined, null, NaN, () => {}, Symbol("s")]) {
    assertEquals(await lineOf(() => value), expected);
    assertEquals(await lineOf(() => Promise.resolve(value)), expected);
  }
});

Deno.test("WireServer answers what JSON makes of a result", async () => {
  const results = [0, "", false, [], {}, [undefined, 1], new Date(0), {
    toJSON: () => "own",
  }];
  for (const result of results) {
    assertEquals(
      await lineOf(() => result),
      `{"jsonrpc":"2.0","id":1,"result":${JSON.stringify(result)}}`,
    );
  }
});

Deno.test("WireServer answers with what a thenable resolves to", async () => {
  const thenable = {
    then: (resolve: (value: unknown) => void) => resolve("resolved"),
  };
  const expected = '{"jsonrpc":"2.0","id":1,"result":"resolved"}';
  assertEquals(await lineOf(() => thenable), expected);
  assertEquals(await lineOf(() => Promise.resolve(thenable)), expected);
});

Deno.test("WireServer answers -32003 to a result that JSON cannot write", async () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = { cycle };
  const throwing = {
    toJSON() {
      throw new SyntaxError("not today");
    },
  };
  const cases: [unknown, string][] = [
    [10n, "TypeError"],
    [{ a: [10n] }, "TypeError"],
    [cycle, "TypeError"],
    [throwing, "SyntaxError"],
  ];
  for (const [result, name] of cases) {
    for (const method of [() => result, () => Promise.resolve(result)]) {
      const { peer } = serve(({ id }) => id === 0 ? method() : "next");
      await peer.ask([0, "m"], [1, "m"], [undefined, "m"]);
      const answers = [await peer.next(), await peer.next()];
      const failed = answers.find(({ error }) => error);
      assertEquals(idAndCode(failed ?? {}), [0, -32003]);
      assertEquals(failed?.error?.data?.name, name);
      assertEquals(answers.find(({ id }) => id === 1)?.result, "next");
    }
  }
});

Deno.test("WireServer answers -32000 to what a method throws", async () => {
  const thrown = new TypeError("wrong type");
  for (
    const method of [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ]
  ) {
    const { name, message, stack } = thrown;
    assertEquals(await errorOf(method), {
      code: -32000,
      message,
      data: { name, message, stack },
    });
  }
});

Deno.test("WireServer answers -32000 to what is thrown and is no Error", async () => {
  const cases: [unknown, string, unknown][] = [
    ["text", "text", { value: "text" }],
    [7, "7", { value: 7 }],
    [null, "null", { value: null }],
    [undefined, "undefined", {}],
    [10n, "10", {}],
    [{ a: 1 }, '{"a":1}', { value: { a: 1 } }],
  ];
  for (const [thrown, message, data] of cases) {
    assertEquals(await errorOf(() => Promise.reject(thrown)), {
      code: -32000,
      message,
      data: { ...data as object, name: "Error", message },
    });
  }
});

Deno.test("WireServer answers -32000 where looking for then throws", async () => {
  const error = await errorOf(() => ({
    get then() {
      throw new RangeError("no then");
    },
  }));
  assertEquals([error.code, error.data.name], [-32000, "RangeError"]);
});

Deno.test("WireServer answers -32000 where looking for a stream throws, and goes on", async () => {
  const result = {
    get readable() {
      throw new RangeError("no readable");
    },
    writable: undefined,
  };
  for (const method of [() => result, () => Promise.resolve(result)]) {
    const { peer } = serve(({ id }) => id === 0 ? method() : "next");
    await peer.ask([0, "m"]);
    assertEquals(await peer.nextError(), [0, -32000]);
    await peer.ask([1, "m"]);
    assertEquals((await peer.next()).result, "next");
  }
});

Deno.test("WireServer answers -32000 to a revoked proxy, and goes on", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const methods = [
    () => {
      throw proxy;
    },
    () => Promise.reject(proxy),
    () => proxy,
  ];
  for (const method of methods) {
    const { peer } = serve(({ id }) => id === 0 ? method() : "next");
    await peer.ask([0, "m"]);
    assertEquals(await peer.nextError(), [0, -32000]);
    await peer.ask([1, "m"]);
    assertEquals((await peer.next()).result, "next");
  }
});

/** An error with a property that JSON has `times` times, and then throws. */
function fickleError(times: number): Error {
  let left = times;
  const toJSON = () => {
    if (left-- === 0) throw new Error("No more");
    return "there";
  };
  return Object.assign(new Error("No luck"), { fickle: { toJSON } });
}

Deno.test("WireServer answers -32000 to an error with a property that JSON has only for a while, and goes on", async () => {
  for (let times = 0; times < 4; times++) {
    const methods = [
      () => {
        throw fickleError(times);
      },
      () => Promise.reject(fickleError(times)),
    ];
    for (const method of methods) {
      const { peer } = serve(({ id }) => id === 0 ? method() : "next");
      await peer.ask([0, "m"]);
      const { error } = await peer.next();
      assertEquals(error?.message, "No luck");
      assertEquals(error?.data?.fickle, times === 0 ? undefined : "there");
      await peer.ask([1, "m"]);
      assertEquals((await peer.next()).result, "next");
    }
  }
});

Deno.test("WireServer answers -32000 to a promise whose constructor throws, and goes on", async () => {
  const promise = Promise.resolve(1);
  Object.defineProperty(promise, "constructor", {
    get() {
      throw new RangeError("no constructor");
    },
  });
  const { peer, server } = serve(({ id }) => id === 0 ? promise : "next");
  await peer.ask([0, "m"]);
  assertEquals(await peer.nextError(), [0, -32000]);
  assertEquals(server.calls, 0);
  await peer.ask([1, "m"]);
  assertEquals((await peer.next()).result, "next");
});

Deno.test("WireServer answers a RefusedError as it stands", async () => {
  const refused = new RefusedError(-32802, "Closing", { after: 1 });
  const expected = { code: -32802, message: "Closing", data: { after: 1 } };
  assertEquals(await errorOf(() => Promise.reject(refused)), expected);
  assertEquals(
    await errorOf(() => {
      throw refused;
    }),
    expected,
  );
  const without = new RefusedError(-32601, "Unknown");
  assertEquals(await errorOf(() => Promise.reject(without)), {
    code: -32601,
    message: "Unknown",
  });
});

Deno.test({
  name: "WireServer answers a RefusedError whose data is no JSON",

  fn: async () => {
    const refused = new RefusedError(-32602, "Wrong", 10n);
    const error = await errorOf(() => Promise.reject(refused));
    assertEquals([error.code, error.message], [-32602, "Wrong"]);
  },
});

Deno.test({
  name: "WireServer answers with a message whatever is thrown",

  fn: async () => {
    const error = await errorOf(() =>
      Promise.reject({ toJSON: () => undefined })
    );
    assertEquals(typeof error.message, "string");
  },
});
