import { assert, assertEquals } from "@std/assert";
import { runInNewContext } from "node:vm";
import { type ErrorData, MAX_ERROR_DEPTH, toErrorData } from "./error_data.ts";

class OutOfPaper extends Error {
  override readonly name = "OutOfPaper";
  readonly code = "EPAPER";
  readonly tray = { sheets: 0 };
  readonly hook = () => {};
}

/** What arrives: nothing that JSON cannot carry. */
function sent(thrown: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(toErrorData(thrown)));
}

Deno.test("toErrorData() keeps name, message, stack and own properties", () => {
  const error = new OutOfPaper("no paper");
  assertEquals(sent(error), {
    name: "OutOfPaper",
    message: "no paper",
    stack: error.stack,
    code: "EPAPER",
    tray: { sheets: 0 },
  });
});

Deno.test("toErrorData() keeps what an error of another realm has", () => {
  const error = runInNewContext(
    `Object.assign(new TypeError("no luck"), { code: 1 })`,
  );
  const { name, message, code } = sent(error);
  assertEquals([name, message, code], ["TypeError", "no luck", 1]);
});

Deno.test("toErrorData() leaves out properties that JSON cannot write", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const error = Object.assign(new Error("m"), {
    cycle,
    big: 10n,
    nothing: undefined,
    symbol: Symbol("s"),
    zero: 0,
  });
  Object.defineProperty(error, "broken", {
    enumerable: true,
    get() {
      throw new Error("the getter's own");
    },
  });
  const { name, message, stack, ...own } = sent(error);
  assertEquals([name, message, typeof stack], ["Error", "m", "string"]);
  assertEquals(own, { zero: 0 });
});

Deno.test("toErrorData() nests causes and errors", () => {
  const error = new AggregateError(
    [new TypeError("a"), "b"],
    "both failed",
    { cause: new RangeError("deeper", { cause: 7 }) },
  );
  const data = toErrorData(error) as Record<string, Record<string, unknown>>;
  assertEquals(data.name as unknown, "AggregateError");
  assertEquals(data.cause.name, "RangeError");
  assertEquals(data.cause.cause, { name: "Error", message: "7", value: 7 });
  const errors = data.errors as unknown as { name: string; message: string }[];
  assertEquals(errors.map(({ name, message }) => [name, message]), [
    ["TypeError", "a"],
    ["Error", "b"],
  ]);
});

Deno.test("toErrorData() keeps both errors of a disposal that failed", () => {
  const error = new SuppressedError(new TypeError("a"), "b", "both failed");
  const { name, message, errors } = sent(error);
  assertEquals([name, message], ["SuppressedError", "both failed"]);
  const [{ stack: _, ...disposal }, before] = errors as ErrorData[];
  assertEquals(disposal, { name: "TypeError", message: "a" });
  assertEquals(before, { value: "b", name: "Error", message: "b" });
});

Deno.test("toErrorData() tells a cause that is null from none", () => {
  assertEquals("cause" in sent(new Error("m")), false);
  assertEquals(sent(new Error("m", { cause: null })).cause, {
    name: "Error",
    message: "null",
    value: null,
  });
});

Deno.test("toErrorData() follows a cycle of causes so far and no further", () => {
  const error = new Error("round");
  error.cause = error;
  let depth = 0;
  let at: Record<string, unknown> | undefined = sent(error);
  while (at?.cause) {
    depth++;
    at = at.cause as Record<string, unknown>;
  }
  assertEquals(depth, MAX_ERROR_DEPTH);
});

Deno.test("toErrorData() cuts off causes that were assigned, too", () => {
  let error = new Error("innermost");
  for (let depth = 0; depth < 2 * MAX_ERROR_DEPTH; depth++) {
    error = Object.assign(new Error("outer"), { cause: error });
  }
  let data = sent(error);
  for (let depth = 0; depth < MAX_ERROR_DEPTH; depth++) {
    data = data.cause as Record<string, unknown>;
  }
  assertEquals("cause" in data, false);
});

Deno.test("toErrorData() drops errors that are no array", () => {
  assertEquals(
    "errors" in sent(Object.assign(new Error(), { errors: 7 })),
    false,
  );
});

Deno.test("toErrorData() keeps some of very many errors", () => {
  const errors = Array.from({ length: 1000 }, (_, i) => new Error(`${i}`));
  const data = sent(new AggregateError(errors));
  const kept = data.errors as { message: string }[];
  assert(kept.length >= 10 && kept.length <= 100, `${kept.length} were kept`);
  assertEquals(kept.at(-1)?.message, `${kept.length - 1}`);
});

Deno.test({
  name: "toErrorData() does not multiply errors that lead back to each other",

  fn: () => {
    const error = new AggregateError([]);
    error.errors = [error, error, error, error];
    let count = 0;
    JSON.stringify(toErrorData(error), (key, value) => {
      if (key === "message") count++;
      return value;
    });
    assert(count < 1000, `${count} copies`);
  },
});

Deno.test("toErrorData() takes whatever is thrown", () => {
  const unwritable = {
    toJSON() {
      throw new Error("no");
    },
  };
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const cases: [unknown, Record<string, unknown>][] = [
    ["text", { message: "text", value: "text" }],
    ["", { message: "", value: "" }],
    [0, { message: "0", value: 0 }],
    [false, { message: "false", value: false }],
    [null, { message: "null", value: null }],
    [undefined, { message: "undefined" }],
    [10n, { message: "10" }],
    [Symbol("s"), { message: "Symbol(s)" }],
    [{ code: 1 }, { message: '{"code":1}', value: { code: 1 } }],
    [[1], { message: "[1]", value: [1] }],
    [unwritable, { message: "[object Object]" }],
    [cycle, { message: "[object Array]" }],
    [proxy, { message: "[object]" }],
  ];
  for (const [thrown, expected] of cases) {
    assertEquals(sent(thrown), { name: "Error", ...expected });
  }
});

Deno.test("toErrorData() copes with an error whose members throw", () => {
  const hostile = new Error("m");
  for (const key of ["name", "message", "stack", "cause", "errors"]) {
    Object.defineProperty(hostile, key, {
      get() {
        throw new Error("the getter's own");
      },
    });
  }
  const { name, message } = sent(hostile);
  assertEquals([typeof name, typeof message], ["string", "string"]);
});

Deno.test("toErrorData() copes with an error whose lists cannot be had", () => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  const listless = Object.assign(new Error("m"), { errors: proxy });
  assertEquals([sent(listless).message, sent(listless).errors], [
    "m",
    undefined,
  ]);
  const keyless = new Proxy(new Error("m"), {
    ownKeys() {
      throw new Error("the trap's own");
    },
  });
  assertEquals(sent(keyless).message, "m");
});

Deno.test("toErrorData() makes texts of a name and a message that are none", () => {
  const error = Object.assign(new Error(), { name: 7, message: { a: 1 } });
  const { name, message } = sent(error);
  assertEquals([name, message], ["7", '{"a":1}']);
});

Deno.test("toErrorData() leaves out what is nested too deep to be written everywhere", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 1001; level++) deep = [deep];
  const error = Object.assign(new Error("No luck"), { deep, flat: [1] });
  const { deep: left, flat } = toErrorData(error);
  assertEquals([left, flat], [undefined, [1]]);
  assertEquals("value" in toErrorData(deep), false);
});

Deno.test("toErrorData() asks a list of errors for its items alone", () => {
  class Problems extends Array<Error> {
    override filter(): never {
      throw new Error("It filters by a code");
    }
    override map(): never {
      throw new Error("It maps by a code");
    }
  }
  const errors = Problems.of(new Error("one"), new Error("two"));
  const { errors: told } = sent(Object.assign(new Error("all"), { errors }));
  const messages = (told as Error[]).map(({ message }) => message);
  assertEquals(messages, ["one", "two"]);
});
