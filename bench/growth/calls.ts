import type { Bench } from "../bench.ts";
import { median } from "../measure.ts";
import type { Series } from "../results.ts";
import type { Member } from "../team.ts";
import type { Worker } from "../worker.ts";

const FLIGHTS = [1, 16, 256, 4096, 65_536];
const SIZES = [10, 100, 1e3, 1e4, 1e5, 1e6, 8 * 1024 * 1024];
const MS = 100;
const TIMES = 5;

/** Calls in flight, and the size of their messages. */
export async function measureCalls(
  { smoke }: Bench,
  { worker }: Member,
): Promise<Series[]> {
  const ms = smoke ? 0 : MS;
  const inFlight: [number, number][] = [];
  for (const count of smoke ? FLIGHTS.slice(0, 3) : FLIGHTS) {
    await worker.do("bursts", { count, ms }); // a warm-up
    const one = await secondsOf(worker, "bursts", { count, ms });
    inFlight.push([count, one * count * 1e3]);
  }
  const sizes: [number, number][] = [];
  for (const bytes of smoke ? SIZES.slice(0, 3) : SIZES) {
    const one = await secondsOf(worker, "echoes", { bytes, window: 1, ms });
    sizes.push([bytes, one * 1e3]);
  }
  return [
    {
      name: "calls at once, until all are answered",
      grows: "calls",
      unit: "ms",
      may: "grow",
      points: inFlight,
    },
    {
      name: "an echo of a message",
      grows: "bytes",
      unit: "ms",
      may: "grow",
      points: sizes,
    },
  ];
}

/** The median of what a call took. */
async function secondsOf(
  worker: Worker,
  job: string,
  options: Record<string, number>,
): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const { calls, seconds } = await worker.do<
      { calls: number; seconds: number }
    >(job, options);
    times.push(seconds / calls);
  }
  return median(times);
}
