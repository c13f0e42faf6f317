import { assertEquals } from "@std/assert";
import { serve } from "../testing/wire_pair.ts";
import type { Request } from "./request.ts";

const echo = ({ args }: Request) => args;
const encoder = new TextEncoder();

const REQUESTS = '{"jsonrpc":"2.0","id":1,"method":"m","params":["é€"]}\n' +
  '\r\n{"jsonrpc":"2.0","id":"😀","method":"m"}\r\n\n' +
  '[{"jsonrpc":"2.0","method":"m"},{"jsonrpc":"2.0","id":3,"method":"m"}]\n';
const ANSWERS = [
  '{"jsonrpc":"2.0","id":1,"result":["é€"]}',
  '{"jsonrpc":"2.0","id":"😀","result":[]}',
  '[{"jsonrpc":"2.0","id":3,"result":[]}]',
];

async function answersTo(
  data: string | Uint8Array,
  readSizes: number[],
): Promise<(string | undefined)[]> {
  const { peer } = serve(echo, { readSizes });
  await peer.write(data);
  const lines = [await peer.line(), await peer.line(), await peer.line()];
  await peer.closeWrite();
  await peer.assertEnd();
  return lines;
}

Deno.test("WireServer answers requests that are cut at any byte", async () => {
  const { length } = encoder.encode(REQUESTS);
  for (let cut = 1; cut < length; cut++) {
    const answers = await answersTo(REQUESTS, [cut, Infinity]);
    assertEquals(answers, ANSWERS, `cut at ${cut}`);
  }
});

Deno.test("WireServer answers requests that come a byte a read", async () => {
  assertEquals(await answersTo(REQUESTS, [1]), ANSWERS);
});

Deno.test("WireServer answers all requests of one read", async () => {
  assertEquals(await answersTo(REQUESTS, [Infinity]), ANSWERS);
});

Deno.test("WireServer ignores empty lines and carriage returns", async () => {
  const { peer } = serve(echo);
  await peer.write("\n\r\n\n");
  await peer.write('{"jsonrpc":"2.0","id":1,"method":"m"}\r\n\r\n\n');
  await peer.closeWrite();
  assertEquals((await peer.next()).id, 1);
  await peer.assertEnd();
});

Deno.test("WireServer does not act on a line without an end", async () => {
  const called: string[] = [];
  const { peer, ended } = serve(({ method }) => called.push(method));
  await peer.write('{"jsonrpc":"2.0","id":1,"method":"whole"}\n');
  await peer.write('{"jsonrpc":"2.0","id":2,"method":"half"}');
  await peer.closeWrite();
  assertEquals((await peer.next()).id, 1);
  await peer.assertEnd();
  await ended;
  assertEquals(called, ["whole"]);
});

Deno.test("WireServer answers -32700 to what is not JSON, and goes on", async () => {
  const { peer } = serve(echo);
  for (
    const line of [
      "{",
      "}",
      "text",
      "'a'",
      '{"a":1}}',
      '{"jsonrpc":"2.0","id":1,"method":"m"} {"a":1}',
      "NaN",
      " ",
      "\uFEFF{}",
      "\0",
    ]
  ) {
    await peer.write(line + "\n");
    assertEquals(await peer.nextError(), [null, -32700], JSON.stringify(line));
  }
  await peer.ask([1, "m"]);
  assertEquals((await peer.next()).result, []);
});

Deno.test("WireServer answers -32700 to what is not UTF-8, and goes on", async () => {
  const request = encoder.encode('{"jsonrpc":"2.0","id":1,"method":"mm"}\n');
  for (const bad of [[0xff, 0xfe], [0xc3, 0x28], [0xe2, 0x82]]) {
    const { peer } = serve(echo);
    const spoilt = request.slice();
    spoilt.set(bad, spoilt.lastIndexOf(109) - 1); // both m of the method
    await peer.write(Uint8Array.from([...request, ...spoilt, ...request]));
    assertEquals((await peer.next()).id, 1);
    assertEquals(await peer.nextError(), [null, -32700]);
    assertEquals((await peer.next()).id, 1);
  }
});

Deno.test("WireServer answers -32600 to JSON that is no request, and goes on", async () => {
  const { peer } = serve(echo);
  for (const value of [null, 1, "text", true, {}, { method: "m" }]) {
    await peer.send(value);
    assertEquals(await peer.nextError(), [null, -32600]);
  }
  await peer.send(
    { jsonrpc: "1.0", id: 1, method: "m" },
    { jsonrpc: "2.0", id: "2" },
    { jsonrpc: "2.0", id: 3, method: "m" },
  );
  assertEquals(await peer.nextError(), [1, -32600]);
  assertEquals(await peer.nextError(), ["2", -32600]);
  assertEquals((await peer.next()).id, 3);
});

Deno.test("WireServer keeps what a hostile request says away from prototypes", async () => {
  const { peer } = serve(({ method, args }) => [method, args]);
  await peer.write(
    '{"jsonrpc":"2.0","id":1,"method":"__proto__","params":{"__proto__":{"a":1}},"__proto__":{"b":1}}\n',
  );
  const expected = JSON.parse('["__proto__",[{"__proto__":{"a":1}}]]');
  assertEquals(
    JSON.stringify((await peer.next()).result),
    JSON.stringify(expected),
  );
  assertEquals([({} as { a?: 1 }).a, ({} as { b?: 1 }).b], [
    undefined,
    undefined,
  ]);
});
