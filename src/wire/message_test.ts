import { assertEquals, assertThrows } from "@std/assert";
import {
  ErrorCode,
  errorText,
  isRecord,
  parseAnswer,
  requestText,
  resultText,
} from "./message.ts";

Deno.test("requestText() writes requests and notifications", () => {
  assertEquals(
    requestText(0, 'a"b', '[1,"é"]'),
    '{"jsonrpc":"2.0","id":0,"method":"a\\"b","params":[1,"é"]}',
  );
  assertEquals(
    requestText("", "m", '{"a":"\\n"}'),
    '{"jsonrpc":"2.0","id":"","method":"m","params":{"a":"\\n"}}',
  );
  assertEquals(
    requestText(undefined, "m", "[]"),
    '{"jsonrpc":"2.0","method":"m","params":[]}',
  );
});

Deno.test("resultText() writes null for what JSON has no word for", () => {
  for (const result of [undefined, () => {}, Symbol("s"), NaN, null]) {
    const text = resultText("i", result);
    assertEquals(text, '{"jsonrpc":"2.0","id":"i","result":null}');
  }
});

Deno.test("resultText() writes a result as JSON.stringify() does", () => {
  for (const result of [0, "", false, [], { a: [1] }, new Date(0)]) {
    const text = resultText(0, result);
    const expected = `{"jsonrpc":"2.0","id":0,"result":${
      JSON.stringify(result)
    }}`;
    assertEquals(text, expected);
  }
});

Deno.test("resultText() throws on what cannot be JSON", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const result of [10n, [10n], cycle]) {
    assertThrows(() => resultText(1, result), TypeError);
  }
});

Deno.test("errorText() leaves out data that is absent", () => {
  assertEquals(
    errorText(null, { code: ErrorCode.parse, message: "m" }),
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}',
  );
  assertEquals(
    errorText("", { code: 1, message: "m", data: { name: "E" } }),
    '{"jsonrpc":"2.0","id":"","error":{"code":1,"message":"m","data":{"name":"E"}}}',
  );
});

Deno.test("isRecord() is true of JSON objects alone", () => {
  assertEquals([{}, Object.create(null)].map(isRecord), [true, true]);
  const others = [null, undefined, [], 1, "a", true];
  assertEquals(others.map(isRecord), others.map(() => false));
});

const ANSWERS = [
  '{"jsonrpc":"2.0","id":1,"result":3}',
  '{"jsonrpc":"2.0","id":123456789012345,"result":{"a":[1,{"b":"}"}]}}',
  '{"jsonrpc":"2.0","id":9007199254740991,"result":null}',
  '{"jsonrpc":"2.0","id":1,"result": "é\\n€" }',
  '{"jsonrpc":"2.0","id":1,"result":3}\r',
  '{"jsonrpc":"2.0","id":0,"result":3}',
  '{"jsonrpc":"2.0","id":1.5,"result":3}',
  '{"jsonrpc":"2.0","id":-1,"result":3}',
  '{"jsonrpc":"2.0","id":1e3,"result":3}',
  '{"jsonrpc":"2.0","id":"1","result":3}',
  '{"jsonrpc":"2.0","id":null,"result":3}',
  '{"jsonrpc":"2.0","id":1,"result":3,"more":4}',
  '{"jsonrpc":"2.0","id":1,"result":3,"result":4}',
  '{"jsonrpc":"2.0","id":1,"result":3,"id":4}',
  '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}',
  '{"jsonrpc":"2.0","id":1,"result":3,"error":{"code":1,"message":"m"}}',
  '{"jsonrpc":"2.0","method":"$/closing","params":{}}',
  `{"jsonrpc":"2.0","id":1,"result":"${"a".repeat(5000)}"}`,
  "[]",
  "null",
];

for (const line of ANSWERS) {
  Deno.test(`parseAnswer takes ${line.slice(0, 80)} as JSON.parse does`, () => {
    const { jsonrpc: _, ...parsed } =
      parseAnswer(line) as { jsonrpc?: string } ??
        {};
    const { jsonrpc: _own, ...expected } = JSON.parse(line) ?? {};
    assertEquals(parsed, expected);
  });
}

for (
  const line of [
    "",
    '{"jsonrpc":"2.0","id":1,"result":3',
    '{"jsonrpc":"2.0","id":1,"result":3]',
    '{"jsonrpc":"2.0","id":1,"result":}',
    '{"jsonrpc":"2.0","id":1,"result":3}}',
    '{"jsonrpc":"2.0","id":1,"result":3},{}',
    '{"jsonrpc":"2.0","id":01,"result":3}',
    '{"jsonrpc":"2.0","id":,"result":3}',
    '{"jsonrpc":"2.0","id":1,"result":3} {"a":1}',
  ]
) {
  Deno.test(`parseAnswer throws at ${line} as JSON.parse does`, () => {
    assertThrows(() => JSON.parse(line), SyntaxError);
    assertThrows(() => parseAnswer(line), SyntaxError);
  });
}
