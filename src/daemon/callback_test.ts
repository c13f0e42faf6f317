import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { inTime } from "../testing/deadline.ts";
import { callback } from "./callback.ts";

Deno.test("callback() resolves to the only argument of the callback", async () => {
  const double = callback<[n: number], number>((n, cb) => cb(n * 2));
  assertEquals(await double(4), 8);
});

Deno.test("callback() resolves to the argument after null or undefined", async () => {
  for (const none of [null, undefined]) {
    const same = callback<[text: string], string>((text, cb) => cb(none, text));
    assertEquals(await same("x"), "x");
  }
});

Deno.test("callback() resolves to a first argument that is false, 0 or empty", async () => {
  for (const value of [false, 0, ""]) {
    const one = callback<[], typeof value>((cb) => cb(value));
    assertStrictEquals(await one(), value);
  }
});

Deno.test("callback() resolves to null that is the only argument", async () => {
  assertStrictEquals(await callback<[], null>((cb) => cb(null))(), null);
});

Deno.test("callback() resolves to undefined if the callback gets nothing", async () => {
  assertStrictEquals(await callback<[], void>((cb) => cb())(), undefined);
});

Deno.test("callback() resolves to the first of two arguments if it is no error", async () => {
  const both = callback<[], string>((cb) => cb("first", "second"));
  assertEquals(await both(), "first");
});

Deno.test("callback() rejects with an error, alone or before a result", async () => {
  const error = new RangeError("Too far");
  const alone = callback<[], string>((cb) => cb(error));
  const before = callback<[], string>((cb) => cb(error, "result"));
  for (const method of [alone, before]) {
    assertStrictEquals(await assertRejects(() => method(), RangeError), error);
  }
});

Deno.test("callback() resolves to an error that comes as the result", async () => {
  const error = new Error("A result");
  assertStrictEquals(
    await callback<[], Error>((cb) => cb(null, error))(),
    error,
  );
});

Deno.test("callback() rejects with what the method throws", async () => {
  const method = callback<[], string>(() => {
    throw new TypeError("No luck");
  });
  await assertRejects(() => method(), TypeError, "No luck");
});

Deno.test("callback() rejects with what an async method throws", async () => {
  const method = callback<[], string>(async () => {
    await Promise.reject(new TypeError("No luck"));
  });
  await assertRejects(() => inTime(method(), "the end"), TypeError, "No luck");
});

Deno.test("callback() takes the first answer, and waits for one that comes later", async () => {
  const order: string[] = [];
  const method = callback<[], string>((cb) => {
    queueMicrotask(() => {
      order.push("answered");
      cb("first");
      cb("second");
      cb(new Error("third"));
    });
  });
  const call = method();
  order.push("called");
  assertEquals(await call, "first");
  assertEquals(order, ["called", "answered"]);
});

Deno.test("callback() keeps its place when the client leaves arguments out", async () => {
  const method = callback<[a?: number, b?: number], unknown[]>((a, b, cb) =>
    cb([a, b])
  );
  assertEquals(await method(), [undefined, undefined]);
  assertEquals(await method(1), [1, undefined]);
  assertEquals(await method(1, 2), [1, 2]);
});

Deno.test("callback() keeps this", async () => {
  const iface = {
    name: "iface",
    tell: callback<[], string>(function (this: unknown, cb) {
      cb((this as { name: string }).name);
    }),
  };
  assertEquals(await iface.tell(), "iface");
});
