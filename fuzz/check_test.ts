import { assertEquals } from "@std/assert";
import { checkAnswers } from "./check_answers.ts";
import { checkFrames } from "./check_frames.ts";
import { expectAnswers } from "./expect.ts";
import { expectCalls } from "./expect_calls.ts";
import { concat, toBytes } from "./mutate.ts";
import { parseFrames } from "./parse_frames.ts";

const MAX = 200;
const LIMITS = { maxMessageBytes: MAX, maxDepth: 8, maxBatchLength: 3 };
const SERVED = { limits: LIMITS, sessions: [], hasInherited: true };

/** What is wrong with the lines `said` as the answers to the lines `asked`. */
function wrong(asked: string[], said: (string | Uint8Array)[]): string[] {
  const output = concat(
    said.map((line) => typeof line === "string" ? toBytes([line]) : line),
  );
  return checkAnswers(output, expectAnswers(toBytes(asked), SERVED), MAX);
}

const call = (id: unknown, method: string, params?: unknown) =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });
const result = (id: unknown, result: unknown) =>
  JSON.stringify({ jsonrpc: "2.0", id, result });
const error = (id: unknown, code: number) =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: "m" } });

Deno.test("checkAnswers() accepts what has to be answered", () => {
  const cases: [string[], string[]][] = [
    [[], []],
    [[call(1, "echo", [2])], [result(1, [2])]],
    [[call("1", "echo", { a: 1 }), "", "\r"], [result("1", [{ a: 1 }])]],
    [[call(1, "echo"), call(2, "later")], [result(2, []), result(1, [])]],
    [[call(undefined, "echo")], []],
    [[call(1, "toString")], [error(1, -32601)]],
    [[call(1, "inherited")], [result(1, "inherited")]],
    [[call(1, "$/hello")], [error(1, -32602)]],
    [[call(1, "$/hello", { protocol: 1, log: 1 })], [error(1, -32602)]],
    [[call(1, "$/shutdown", { force: null })], [error(1, -32602)]],
    [[call(null, "echo")], [error(null, -32600)]],
    [["no JSON", "[]", "1"], [
      error(null, -32700),
      error(null, -32600),
      error(null, -32600),
    ]],
    [["[1,2,3,4]", "[".repeat(9) + "]".repeat(9)], [
      error(null, -32600),
      error(null, -32600),
    ]],
    [["x".repeat(MAX + 1), call(1, "echo")], [error(null, -32600)]],
    [[call(1, "never")], []],
    [[
      call(1, "never"),
      call(undefined, "$/cancelRequest", { id: 1 }),
    ], [error(1, -32800)]],
    ...[result(1, []), error(1, -32800)].map((
      answer,
    ): [string[], string[]] => [[
      call(1, "echo"),
      call(undefined, "$/cancelRequest", { id: 1 }),
    ], [answer]]),
    [[`[${call(1, "echo")},7,${call(undefined, "echo")}]`], [
      `[${result(1, [])},${error(null, -32600)}]`,
    ]],
    // Any answer is right for the first batch, and one for the second.
    [[`[${call(1, "weird", [0])}]`, `[${call(1, "echo")}]`], [
      `[${result(1, [])}]`,
      `[${error(1, -32003)}]`,
    ]],
    [[`[${call(1, "echo")},${call(undefined, "never")}]`], []],
    [[call(1, "$/stream"), call(1, "never"), call(1, "close")], [
      error(1, -32802),
      result(1, null),
      result(1, null),
    ]],
    [['{"jsonrpc":"2.0","id":1,"id":[[[[[[[[[1]]]]]]]]],"id":1}'], [
      error(null, -32600),
    ]],
    [[call(1, "echo", ["[[[[[[[[[\\"])], [result(1, ["[[[[[[[[[\\"])]],
    [[call(1, "close"), call(2, "never")], [
      result(1, null),
      error(2, -32802),
    ]],
  ];
  for (const [asked, said] of cases) assertEquals(wrong(asked, said), []);
});

Deno.test("checkAnswers() finds a cancelled answer of what waits for nothing", () => {
  const asked = [
    call(1, "rpc.discover"),
    call(undefined, "$/cancelRequest", { id: 1 }),
  ];
  assertEquals(wrong(asked, [error(1, -32800)]).length > 0, true);
});

Deno.test("checkAnswers() finds what must not be answered", () => {
  const ok = result(1, []);
  const cases: (string | Uint8Array)[][] = [
    [],
    [ok, ok],
    [`[${ok}]`],
    [result("1", [])],
    [result(1, [1])],
    [result(1, null)],
    [error(1, -32601)],
    [ok, error(null, -32700)],
    [ok, '{"jsonrpc":"2.0","method":"log","params":{}}'],
    [ok, '{"jsonrpc":"2.0","method":"$/log"}'],
    ['{"jsonrpc":"1.0","id":1,"result":[]}'],
    ['{"jsonrpc":"2.0","id":1,"result":[],"error":null}'],
    ['{"jsonrpc":"2.0","id":1,"result":[],"more":1}'],
    ['{"jsonrpc":"2.0","id":1}'],
    ['{"id":1,"result":[]}'],
    [ok.slice(1)],
    [ok, ""],
    [ok, new TextEncoder().encode(ok)],
    [ok, new Uint8Array([0x22, 0xff, 0x22, 10])],
    [`${" ".repeat(MAX)}${ok}`],
  ];
  for (const said of cases) {
    const failures = wrong([call(1, "echo")], said);
    assertEquals(failures.length > 0, true, `${said}`);
  }
});

Deno.test("checkAnswers() finds a line that is too long and was not refused", () => {
  const asked = [call(1, "echo"), "x".repeat(MAX + 1)];
  assertEquals(wrong(asked, [result(1, [])]).length, 1);
  assertEquals(wrong(asked, [error(null, -32600)]), []);
});

Deno.test("parseFrames() tells how chunks end", () => {
  const end = (...lines: string[]) => parseFrames(toBytes(lines), MAX).end;
  assertEquals(end('{"value":1}', "", '{"done":true}'), "done");
  assertEquals(end('{"value":1}'), "lost");
  assertEquals(end('{"error":{}}', "{}"), "error");
  const wrong = ["{}", "1", '{"bytes":-1}', '{"bytes":1.5}', '{"value":1,2}'];
  for (const line of wrong) assertEquals(end(line, '{"done":true}'), "invalid");
  assertEquals(end(`{"value":"${"x".repeat(MAX)}"}`), "invalid");
  const bytes = toBytes(['{"bytes":2}', "", '{"value":[]}']);
  assertEquals(parseFrames(bytes, MAX).chunks, [new Uint8Array([10, 123])]);
});

Deno.test("checkFrames() finds what no end of a stream may say", () => {
  const check = (...lines: string[]) => checkFrames(toBytes(lines), MAX);
  const error = '{"code":1,"message":"m"}';
  assertEquals(
    check('{"value":1}', '{"done":true}', '{"closed":true}', '{"cancel":null}'),
    [],
  );
  assertEquals(check('{"value":1}', `{"error":${error}}`), []);
  const wrong = [
    ["{}"],
    ['{"error":{}}'],
    ['{"cancel":1}'],
    ['{"done":true,"more":1}'],
    ['{"done":true}', '{"value":1}'],
    ['{"done":true}', `{"error":${error}}`],
    ['{"cancel":null}', `{"cancel":${error}}`],
  ];
  for (const lines of wrong) assertEquals(check(...lines).length > 0, true);
});

Deno.test("expectCalls() tells how calls end", () => {
  const ends = (...lines: string[]) =>
    Object.fromEntries(expectCalls(toBytes(lines), new Set([1, 2]), MAX));
  assertEquals(ends(result(2, "a"), error(1, 7)), {
    1: "error",
    2: 'result "a"',
  });
  assertEquals(ends(result(1, 0), result(1, 1), result("2", 0), result(3, 0)), {
    1: "result 0",
    2: "closed",
  });
  for (const line of ["no JSON", "[]", "{}", error(null, 1), "x".repeat(201)]) {
    assertEquals(ends(line, result(1, 0)), { 1: "closed", 2: "closed" });
  }
});
