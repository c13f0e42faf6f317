import { tick } from "./tick.ts";

/** How much more of the heap may be in use at the end than in the beginning, in bytes. */
const MAX_GROWTH = 3 * 1024 * 1024;

/**
 * How many bytes of the heap, and of buffers beside it, are in use when all that can go has gone;
 * `undefined` if this process cannot tell, as it was started without
 * `--v8-flags=--expose-gc`.
 */
export async function usedHeap(): Promise<number | undefined> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) return undefined;
  // What is finalized at the first is free at the next.
  for (let left = 3; left > 0; left--) {
    gc();
    await tick();
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** What is wrong with the heap at the end, if something is. */
export function checkHeap(
  before: number | undefined,
  after: number | undefined,
): string[] {
  if (before === undefined || after === undefined) return [];
  return after - before > MAX_GROWTH
    ? [`the heap has grown: ${tellHeap(before, after)}`]
    : [];
}

/** Two sizes of the heap, for people. */
export function tellHeap(
  before: number | undefined,
  after: number | undefined,
): string {
  return `heap ${megabytes(before)}, then ${megabytes(after)}`;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "unknown" : `${(bytes / 1e6).toFixed(2)} MB`;
}
