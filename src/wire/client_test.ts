import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ConnectionClosedError } from "../errors.ts";
import { atRest } from "../testing/at_rest.ts";
import { inTime } from "../testing/deadline.ts";
import { connect, connectServed } from "../testing/wire_pair.ts";

const encoder = new TextEncoder();

Deno.test("WireClient.call() sends one request and resolves to its result", async () => {
  const { client, peer } = connect();
  const call = client.call("add", [2, "é"]);
  assertEquals(
    await peer.line(),
    '{"jsonrpc":"2.0","id":1,"method":"add","params":[2,"é"]}',
  );
  await peer.send({ jsonrpc: "2.0", id: 1, result: { sum: [4] } });
  assertEquals(await call, { sum: [4] });
});

Deno.test("WireClient.call() sends named parameters as they are", async () => {
  const { client, peer } = connect();
  client.call("$/hello", { protocol: 1, none: undefined }).catch(() => {});
  assertEquals((await peer.next()).params, { protocol: 1 });
});

Deno.test("WireClient gives every call an id of its own", async () => {
  const { client, peer } = connect();
  const calls = Array.from({ length: 100 }, (_, i) => client.call("m", [i]));
  const ids = new Set<unknown>();
  for (const [i] of calls.entries()) {
    const { id, params } = await peer.next();
    ids.add(id);
    assertEquals(params, [i]);
    await peer.send({ jsonrpc: "2.0", id, result: i });
  }
  assertEquals(ids.size, 100);
  assertEquals(await Promise.all(calls), calls.map((_, i) => i));
});

Deno.test("WireClient takes answers in any order", async () => {
  const { client, peer } = connect();
  const calls = ["a", "b", "c"].map((method) => client.call(method, []));
  const requests = [await peer.next(), await peer.next(), await peer.next()];
  const settled: unknown[] = [];
  for (const call of calls) call.then((result) => settled.push(result));
  for (const { id, method } of requests.reverse()) {
    await peer.send({ jsonrpc: "2.0", id, result: method });
  }
  assertEquals(await Promise.all(calls), ["a", "b", "c"]);
  assertEquals(settled, ["c", "b", "a"]);
});

Deno.test("WireClient takes results of every kind", async () => {
  const { client, peer } = connect();
  for (const result of [null, 0, "", false, [], [[]], { error: 1 }]) {
    const call = client.call("m", []);
    const { id } = await peer.next();
    await peer.send({ jsonrpc: "2.0", id, result });
    assertEquals(await call, result);
  }
});

Deno.test("WireClient takes answers that are cut at any byte", async () => {
  const answers = '\r\n{"jsonrpc":"2.0","id":2,"result":"é€😀"}\r\n\n' +
    '{"jsonrpc":"2.0","id":1,"result":"漢"}\n';
  const { length } = encoder.encode(answers);
  for (let cut = 1; cut < length; cut++) {
    const { client, peer } = connect({ readSizes: [cut, Infinity] });
    const calls = [client.call("m", []), client.call("m", [])];
    await peer.write(answers);
    assertEquals(await Promise.all(calls), ["漢", "é€😀"], `cut at ${cut}`);
  }
  const { client, peer } = connect({ readSizes: [1] });
  const calls = [client.call("m", []), client.call("m", [])];
  await peer.write(answers);
  assertEquals(await Promise.all(calls), ["漢", "é€😀"]);
});

Deno.test("WireClient.call() rejects when an argument ends the connection or the call as it is written", async () => {
  const { client, peer } = connect();
  const controller = new AbortController();
  const reason = new Error("enough");
  const aborts = { toJSON: () => controller.abort(reason) };
  const closes = { toJSON: () => client.close() };
  const aborted = client.call("m", [aborts], controller.signal);
  assertEquals(await inTime(aborted.catch((e) => e), "the abort"), reason);
  const closed = client.call("m", [closes]);
  const error = await inTime(
    assertRejects(() => closed, ConnectionClosedError),
    "the end",
  );
  assertEquals(error.maybeExecuted, false);
  await peer.assertEnd();
});

Deno.test("WireClient drops arguments at the end that are undefined", async () => {
  const { client, peer } = connect();
  const cases: [unknown[], unknown[]][] = [
    [[1, undefined], [1]],
    [[undefined, undefined], []],
    [[undefined, 2, undefined], [null, 2]],
    [[null, undefined], [null]],
    [[[undefined]], [[null]]],
  ];
  for (const [args, expected] of cases) {
    const before = args.length;
    client.call("m", args).catch(() => {});
    assertEquals((await peer.next()).params, expected);
    assertEquals(args.length, before, "the caller's array is its own");
  }
});

Deno.test("WireClient.call() rejects arguments that JSON cannot write", async () => {
  const { client, peer } = connect();
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const args of [[10n], [cycle], [{ a: 10n }], { a: 10n }]) {
    const call = () => client.call("bad", args);
    const error = await assertRejects(call, TypeError, '"bad"');
    assertInstanceOf(error.cause, TypeError);
  }
  const throwing = {
    toJSON() {
      throw new RangeError("own");
    },
  };
  const call = () => client.call("bad", [throwing]);
  const { cause } = await assertRejects(call, TypeError);
  assertInstanceOf(cause, RangeError);

  const good = client.call("good", []);
  const { id, method } = await peer.next();
  assertEquals(method, "good");
  await peer.send({ jsonrpc: "2.0", id, result: 1 });
  assertEquals(await good, 1);
});

Deno.test("WireClient.call() rejects arguments that are too long", async () => {
  const maxMessageBytes = 100;
  const { client, peer } = connect({ maxMessageBytes });
  const before = client.call("before", []);
  const frame = '{"jsonrpc":"2.0","id":2,"method":"m","params":[""]}'.length;
  const fits = "é".repeat((maxMessageBytes - frame) / 2) + "x";
  const call = client.call("m", [fits]);
  const tooLong = () => client.call("m", [fits + "x"]);
  const { message } = await assertRejects(tooLong, RangeError, '"m"');
  assertStringIncludes(message, "100 bytes");
  const after = client.call("after", []);

  assertEquals((await peer.next()).method, "before");
  const line = await peer.line();
  assertEquals(encoder.encode(line).length, maxMessageBytes);
  const { id, method } = await peer.next();
  assertEquals(method, "after");
  for (const known of [1, 2, id]) {
    await peer.send({ jsonrpc: "2.0", id: known, result: known });
  }
  assertEquals(await Promise.all([before, call, after]), [1, 2, id]);
});

Deno.test("WireClient.notify() sends a notification", async () => {
  const { client, peer } = connect();
  client.notify("$/note", { a: "é" });
  assertEquals(
    await peer.line(),
    '{"jsonrpc":"2.0","method":"$/note","params":{"a":"é"}}',
  );
});

Deno.test("WireClient hands notifications to onNotification", async () => {
  const notes: unknown[] = [];
  const onNotification = (method: string, args: unknown) => {
    notes.push([method, args]);
  };
  const { client, peer } = connect({ onNotification });
  const call = client.call("m", []);
  await peer.ask([undefined, "$/log", { text: "t" }], [undefined, "other"]);
  await peer.send({ jsonrpc: "2.0", id: 1, result: "answered" });
  assertEquals(await call, "answered");
  assertEquals(notes, [["$/log", { text: "t" }], ["other", undefined]]);
});

Deno.test("WireClient ignores notifications that nobody wants", async () => {
  const { client, peer } = connect();
  const call = client.call("m", []);
  await peer.ask([undefined, "$/log", [1]]);
  await peer.send({ jsonrpc: "2.0", id: 1, result: "answered" });
  assertEquals(await call, "answered");
});

Deno.test("WireClient takes a request of the server's for no answer", async () => {
  const { client, peer } = connect();
  const call = client.call("m", []);
  await peer.ask([1, "m", []]);
  await peer.send({ jsonrpc: "2.0", id: 1, result: "the answer" });
  assertEquals(await call, "the answer");
});

Deno.test("WireClient ignores answers that nobody waits for", async () => {
  const { client, peer } = connect();
  const call = client.call("m", []);
  await peer.send(
    { jsonrpc: "2.0", id: 99, result: "unknown" },
    { jsonrpc: "2.0", id: "1", result: "a string" },
    { jsonrpc: "2.0", id: 98, error: { code: 1, message: "unknown" } },
    { jsonrpc: "2.0", id: 1, result: "right" },
    { jsonrpc: "2.0", id: 1, result: "again" },
  );
  assertEquals(await call, "right");
  await atRest();
  const next = client.call("m", []);
  await peer.send({ jsonrpc: "2.0", id: 2, result: "next" });
  assertEquals(await next, "next");
});

Deno.test("WireClient and WireServer carry calls side by side", async () => {
  const ends = Array.from(
    { length: 50 },
    () => Promise.withResolvers<unknown>(),
  );
  const { client, server } = connectServed(({ args }) => {
    const [i] = args as [number];
    return i % 2 === 0 ? ends[i].promise : { odd: i };
  }, { capacity: 100, maxWrite: 33, readSizes: [7] });
  const calls = ends.map((_, i) => client.call("m", [i]));
  assertEquals(await calls[49], { odd: 49 });
  assertEquals(server.calls, 25);
  for (let i = 48; i >= 0; i -= 2) ends[i].resolve({ even: i });
  const results = await Promise.all(calls);
  assertEquals(
    results,
    ends.map((_, i) => i % 2 === 0 ? { even: i } : { odd: i }),
  );
});

Deno.test("WireClient gets null for undefined", async () => {
  const { client } = connectServed(() => undefined);
  assertEquals(await client.call("m", []), null);
});
