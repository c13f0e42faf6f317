// What the benchmark calls on a daemon of this library.
import type { CreateIface } from "@autod/autod/server";
import { ByteCheck, makeChunk, makeObject } from "../payload.mjs";

export default (() => {
  let received = 0;
  return {
    sum: (a: number, b: number) => a + b,
    echo: (value: unknown) => value,
    down: (size: number, total: number) => makeSource(size, total),
    /** Pauses for so many milliseconds after each piece. */
    up(size: number, piece?: number | null, pause?: number | null) {
      const check = new ByteCheck(size);
      let next = piece ?? Infinity;
      return new WritableStream<Uint8Array>({
        write(chunk) {
          check.take(chunk);
          received = check.got;
          if (received < next) return;
          next += piece!;
          return new Promise((resolve) => setTimeout(resolve, pause!));
        },
      });
    },
    /** How much the last upload was. */
    received: () => received,
    objects: (count: number) => makeObjects(count),
  };
}) satisfies CreateIface;

/** A stream of `total` bytes in chunks of `size`, the same memory each time. */
export function makeSource(
  size: number,
  total: number,
): ReadableStream<Uint8Array> {
  const chunk = makeChunk(size);
  let left = total;
  return new ReadableStream({
    pull(out) {
      if (left <= 0) return out.close();
      out.enqueue(left < size ? chunk.subarray(0, left) : chunk);
      left -= size;
    },
  }, { highWaterMark: 0 });
}

type Item = ReturnType<typeof makeObject>;

function makeObjects(count: number): ReadableStream<Item> {
  let i = 0;
  return new ReadableStream({
    pull(out) {
      if (i >= count) return out.close();
      out.enqueue(makeObject(i++));
    },
  }, { highWaterMark: 0 });
}
