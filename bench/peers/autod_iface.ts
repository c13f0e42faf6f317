// What the benchmark calls on a daemon of this library.
import type { CreateIface } from "@autod/autod/server";

export default (() => ({
  down: (size: number, total: number) => bytes(size, total),
  up: () => new WritableStream<Uint8Array>({ write() {} }),
  objects: (count: number) => objects(count),
})) satisfies CreateIface;

/** A stream of `total` bytes in chunks of `size`, the same memory each time. */
export function bytes(size: number, total: number): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(size).fill(7);
  let left = total;
  return new ReadableStream({
    pull(out) {
      if (left <= 0) return out.close();
      out.enqueue(left < size ? chunk.subarray(0, left) : chunk);
      left -= size;
    },
  }, { highWaterMark: 0 });
}

function objects(count: number): ReadableStream<{ i: number; name: string }> {
  let i = 0;
  return new ReadableStream({
    pull(out) {
      if (i >= count) return out.close();
      out.enqueue({ i, name: `item-${i}` });
      i++;
    },
  }, { highWaterMark: 0 });
}
