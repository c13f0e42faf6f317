import type { MemoryPairOptions } from "../src/testing/memory_pair.ts";
import type { Random } from "../src/testing/random.ts";
import type { Duplex } from "../src/wire/duplex.ts";
import { writeAll } from "../src/wire/line_writer.ts";
import { times } from "./hostile.ts";
import { tick } from "./tick.ts";

/** How a connection for so many bytes may behave: whole, or in pieces down to a byte. */
export function anyPair(random: Random, length: number): MemoryPairOptions {
  const roll = random.below(20);
  if (roll < 10) return {};
  if (roll === 10 && length <= MAX_BYTES_ALONE) {
    return { readSizes: [1], maxWrite: 1 };
  }
  // Each piece takes some turns: there are not too many.
  const least = Math.ceil((length + 1) / 30);
  const size = () => random.between(least, least + 200);
  return {
    capacity: random.pick([size(), 65_536]),
    maxWrite: random.pick([size(), 65_536]),
    readSizes: [...times(random.below(4), () => random.between(1, 9)), size()],
  };
}

/** Up to so many bytes may come one by one. */
const MAX_BYTES_ALONE = 500;

/** Writes `bytes` in some pieces, with turns between them, until the other end takes no more. */
export async function feed(
  random: Random,
  duplex: Duplex,
  bytes: Uint8Array,
): Promise<void> {
  // Decided at once: others decide by the same source while this goes on, and
  // the turns that it takes are not the same each time.
  const pieces = Array.from(anyPieces(random, bytes));
  try {
    for (const [piece, waits] of pieces) {
      await writeAll(duplex, piece);
      if (waits) await tick();
    }
  } catch {
    // The other end has had enough.
  }
}

function* anyPieces(
  random: Random,
  bytes: Uint8Array,
): Iterable<[piece: Uint8Array, waits: boolean]> {
  const pieces = random.pick([1, 1, 1, 2, 3, 10]);
  for (let at = 0, left = pieces; at < bytes.length; left--) {
    const end = left <= 1
      ? bytes.length
      : at + random.between(1, bytes.length - at);
    yield [bytes.subarray(at, end), random.chance(30)];
    at = end;
  }
}

/** Ends what is written; the other end may have gone. */
export async function endWriting(duplex: Duplex): Promise<void> {
  try {
    await duplex.closeWrite();
  } catch {
    // It was closed meanwhile.
  }
}

/** Ends both directions, if they have not ended. */
export function hangUp(duplex: Duplex): void {
  try {
    duplex.close();
  } catch {
    // It was closed before.
  }
}
