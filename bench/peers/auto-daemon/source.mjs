import { Readable } from "node:stream";
import { makeChunk } from "../../payload.mjs";

/** A stream of `total` bytes in chunks of `size`, the same memory each time. */
export function makeSource(size, total) {
  const chunk = Buffer.from(makeChunk(size));
  let left = total;
  return new Readable({
    read() {
      if (left <= 0) return void this.push(null);
      this.push(left < size ? chunk.subarray(0, left) : chunk);
      left -= size;
    },
  });
}
