import { assertEquals, assertRejects } from "@std/assert";
import { byteInlet, chunkInlet } from "./inlet.ts";
import { inTime } from "../testing/deadline.ts";

Deno.test("byteInlet() wants nothing, and so no error, before a chunk is read that came whole", async () => {
  let pulled = Promise.withResolvers<void>();
  const onCancel = () => {};
  const inlet = byteInlet({ onPull: () => pulled.resolve(), onCancel });
  const reader = inlet.stream.getReader({ mode: "byob" });
  const read = async () => (await reader.read(new Uint8Array(2))).value;
  const first = read();
  await inTime(pulled.promise, "the first pull");
  inlet.chunk(Uint8Array.of(1, 2, 3), 3);
  assertEquals(await first, Uint8Array.of(1, 2));
  assertEquals(inlet.wantsChunk(), false);
  assertEquals(await read(), Uint8Array.of(3));
  pulled = Promise.withResolvers();
  const last = read();
  await inTime(pulled.promise, "the second pull");
  assertEquals(inlet.wantsChunk(), true);
  inlet.error(new RangeError("No more"));
  await assertRejects(() => last, RangeError, "No more");
});

Deno.test("byteInlet()'s error at a value comes behind the bytes before it, whatever comes then", async () => {
  const cancels: unknown[] = [];
  const inlet = byteInlet({
    onPull: () => {},
    onCancel: (reason) => cancels.push(reason),
  });
  inlet.chunk(Uint8Array.of(1, 2), 2);
  inlet.chunk({ a: 1 }, 7);
  inlet.chunk(Uint8Array.of(3), 1);
  inlet.chunk("text", 6);
  inlet.close();
  const reader = inlet.stream.getReader({ mode: "byob" });
  const { value } = await reader.read(new Uint8Array(4));
  assertEquals(value, Uint8Array.of(1, 2));
  const read = reader.read(new Uint8Array(4));
  await inTime(assertRejects(() => read, TypeError, "use readable"), "the end");
  assertEquals(cancels.length, 1);
});

Deno.test("chunkInlet()'s error comes behind the last chunk for both branches of a tee()", async () => {
  const inlet = chunkInlet({ onPull() {}, onCancel() {} });
  for (const chunk of [1, 2, 3]) inlet.chunk(chunk, 1);
  inlet.error("No more");
  const reads = inlet.stream.tee().map(async (branch) => {
    const got: unknown[] = [];
    try {
      for await (const chunk of branch) got.push(chunk);
    } catch (error) {
      got.push(error);
    }
    return got;
  });
  const wanted = [1, 2, 3, "No more"];
  assertEquals(await inTime(Promise.all(reads), "the end"), [wanted, wanted]);
});
