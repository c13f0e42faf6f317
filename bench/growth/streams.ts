import type { Bench } from "../bench.ts";
import { median } from "../measure.ts";
import type { Series } from "../results.ts";
import type { Member } from "../team.ts";

const COUNTS = [1, 5, 25, 100, 500];
const KIB = 1024;
const TIMES = 3;

/** Streams at once. */
export async function measureStreams(
  { smoke }: Bench,
  { worker }: Member,
): Promise<Series[]> {
  const points: [number, number][] = [];
  const options = { size: 64 * KIB, total: 1024 * KIB };
  await worker.do("manyStreams", { ...options, count: 5 }); // a warm-up
  for (const count of smoke ? COUNTS.slice(0, 2) : COUNTS) {
    const times: number[] = [];
    for (let i = 0; i < TIMES; i++) {
      const { seconds } = await worker.do("manyStreams", { ...options, count });
      times.push(seconds * 1e3);
    }
    points.push([count, median(times)]);
  }
  return [{
    name: "streams of 1 MiB at once, until all are read",
    grows: "streams",
    unit: "ms",
    may: "grow",
    points,
  }];
}
