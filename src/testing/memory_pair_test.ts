import { assertEquals } from "@std/assert";
import { memoryPair } from "./memory_pair.ts";
import type { Duplex } from "../wire/duplex.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function reader(end: Duplex): () => Promise<string> {
  const buffer = new Uint8Array(64);
  return async () =>
    decoder.decode(buffer.subarray(0, await end.read(buffer) ?? 0));
}

Deno.test("memoryPair() cuts what is read into the chosen sizes", async () => {
  const [a, b] = memoryPair({ readSizes: [2, 1, 3] });
  await a.write(encoder.encode("abcdefghij"));
  const read = reader(b);
  const pieces = [await read(), await read(), await read(), await read()];
  assertEquals(pieces, ["ab", "c", "def", "ghi"]);
});

Deno.test("memoryPair() keeps a cut where it is when bytes come in parts", async () => {
  const [a, b] = memoryPair({ readSizes: [2, Infinity], maxWrite: 1 });
  const read = reader(b);
  await a.write(encoder.encode("abcd"));
  assertEquals(await read(), "a");
  await a.write(encoder.encode("bcd"));
  await a.write(encoder.encode("cd"));
  assertEquals([await read(), await read()], ["b", "c"]);
});
