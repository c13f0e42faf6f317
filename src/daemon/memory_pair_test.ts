import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { memoryPair } from "./memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NOTHING = new Uint8Array(0);

function reader(end: { read(buffer: Uint8Array): Promise<number | null> }) {
  const buffer = new Uint8Array(64);
  return async () => {
    const count = await end.read(buffer);
    return count === null ? null : decoder.decode(buffer.subarray(0, count));
  };
}

Deno.test("memoryPair() carries bytes both ways", async () => {
  const [a, b] = memoryPair();
  assertEquals(await a.write(encoder.encode("to b")), 4);
  assertEquals(await b.write(encoder.encode("to a")), 4);
  assertEquals(await reader(a)(), "to a");
  assertEquals(await reader(b)(), "to b");
});

Deno.test("memoryPair() makes a read wait for bytes", async () => {
  const [a, b] = memoryPair();
  const read = reader(b)();
  await a.write(encoder.encode("late"));
  assertEquals(await read, "late");
});

Deno.test("memoryPair() takes a part of a write that has no room", async () => {
  const [a] = memoryPair(3);
  assertEquals(await a.write(encoder.encode("12345")), 3);
});

Deno.test("memoryPair() makes a write wait for room", async () => {
  const [a, b] = memoryPair(3);
  const order: string[] = [];
  await a.write(encoder.encode("123"));
  const written = a.write(encoder.encode("45")).then(() => order.push("write"));
  await atRest();
  order.push("read");
  assertEquals(await reader(b)(), "123");
  await written;
  assertEquals(order, ["read", "write"]);
  assertEquals(await reader(b)(), "45");
});

Deno.test("memoryPair() keeps the order of writes that wait", async () => {
  const [a, b] = memoryPair(1);
  const writes = ["1", "2", "3"].map((text) => a.write(encoder.encode(text)));
  const read = reader(b);
  assertEquals([await read(), await read(), await read()], ["1", "2", "3"]);
  assertEquals(await Promise.all(writes), [1, 1, 1]);
});

Deno.test("memoryPair() ends reading after the peer's closeWrite()", async () => {
  const [a, b] = memoryPair();
  await a.write(encoder.encode("last"));
  await a.closeWrite();
  const read = reader(b);
  assertEquals([await read(), await read()], ["last", null]);
  await b.write(encoder.encode("answer"));
  assertEquals(await reader(a)(), "answer");
});

Deno.test("memoryPair() ends a pending read when the peer closes", async () => {
  const [a, b] = memoryPair();
  const read = reader(b)();
  a.close();
  assertEquals(await read, null);
});

Deno.test("memoryPair() ends reading after the peer's close()", async () => {
  const [a, b] = memoryPair();
  await a.write(encoder.encode("last"));
  a.close();
  const read = reader(b);
  assertEquals([await read(), await read()], ["last", null]);
});

Deno.test("memoryPair() takes a write of no bytes while the peer can read", async () => {
  const [a, b] = memoryPair();
  await b.closeWrite();
  assertEquals(await a.write(NOTHING), 0);
  b.close();
  await assertRejects(() => a.write(NOTHING), Deno.errors.BrokenPipe);
  await assertRejects(() => a.write(new Uint8Array(1)), Deno.errors.BrokenPipe);
});

Deno.test("memoryPair() rejects a write that waits when the peer closes", async () => {
  const [a, b] = memoryPair(1);
  await a.write(new Uint8Array(1));
  const write = assertRejects(
    () => a.write(new Uint8Array(1)),
    Deno.errors.BrokenPipe,
  );
  b.close();
  await write;
});

Deno.test("memoryPair() rejects what waits when one's own end closes", async () => {
  const [a] = memoryPair(1);
  await a.write(new Uint8Array(1));
  const { Interrupted } = Deno.errors;
  const pending = [
    assertRejects(() => a.read(new Uint8Array(1)), Interrupted),
    assertRejects(() => a.write(new Uint8Array(1)), Interrupted),
  ];
  a.close();
  await Promise.all(pending);
});

Deno.test("memoryPair() refuses everything after one's own end", async () => {
  const [a, b] = memoryPair();
  await a.closeWrite();
  await assertRejects(() => a.write(NOTHING), Deno.errors.BrokenPipe);
  b.close();
  a.close();
  const { BadResource } = Deno.errors;
  await assertRejects(() => a.read(new Uint8Array(1)), BadResource);
  await assertRejects(() => a.write(NOTHING), BadResource);
  await assertRejects(() => a.closeWrite(), BadResource);
  assertThrows(() => a.close(), BadResource);
});
