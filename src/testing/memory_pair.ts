import { memoryPair as plainPair } from "../daemon/memory_pair.ts";
import type { Duplex } from "../wire/duplex.ts";

/** How a {@linkcode memoryPair} behaves, in both directions. */
export interface MemoryPairOptions {
  /**
   * How many bytes may wait unread; a write waits for room.
   *
   * @default {65536}
   */
  readonly capacity?: number;
  /**
   * How many bytes one write takes at most.
   *
   * @default {Infinity}
   */
  readonly maxWrite?: number;
  /**
   * The sizes of the pieces that are read, in turn; the last one is used for
   * the rest. No read crosses the end of a piece, however the bytes came.
   *
   * @default {[Infinity]}
   */
  readonly readSizes?: readonly number[];
}

/** Two connected ends in memory that take and give bytes in such pieces as a test wants. */
export function memoryPair(
  { capacity, maxWrite = Infinity, readSizes = [Infinity] }: MemoryPairOptions =
    {},
): [Duplex, Duplex] {
  const [near, far] = plainPair(capacity);
  return [
    inPieces(near, maxWrite, readSizes),
    inPieces(far, maxWrite, readSizes),
  ];
}

function inPieces(
  end: Duplex,
  maxWrite: number,
  readSizes: readonly number[],
): Duplex {
  const [first, ...others] = readSizes;
  let size = first;
  let left = size;
  return {
    async read(buffer) {
      const count = await end.read(buffer.subarray(0, left));
      left -= count ?? 0;
      if (left === 0) left = size = others.shift() ?? size;
      return count;
    },
    write: (bytes) => end.write(bytes.subarray(0, maxWrite)),
    closeWrite: () => end.closeWrite(),
    close: () => end.close(),
  };
}
