import type { Bench } from "../bench.ts";
import { resident } from "../proc.ts";
import type { Series } from "../results.ts";
import { settled } from "../settle.ts";
import type { Member } from "../team.ts";

const COUNTS = [1, 10, 100, 1000, 5000];
/** What a process has open besides. */
const OTHER_FILES = 100;
const MS = 200;

/** Connections that stay open. */
export async function measureConnections(
  { smoke }: Bench,
  { worker, serverPid }: Member,
): Promise<Series[]> {
  const most = Math.min(smoke ? 10 : 5000, await maxFiles() - OTHER_FILES);
  const times: [number, number][] = [];
  const memory: [number, number][] = [];
  const latency: [number, number][] = [];
  let seconds = 0;
  for (const count of COUNTS.filter((count) => count <= most)) {
    seconds += (await worker.do("holdConnections", { count })).seconds;
    times.push([count, seconds * 1e3]);
    const { calls, seconds: took } = await worker.do<
      { calls: number; seconds: number }
    >("sums", { window: 1, ms: smoke ? 1 : MS });
    latency.push([count, took * 1e6 / calls]);
    memory.push([count, await settled(() => resident(serverPid)) / 1024]);
  }
  const grows = "connections";
  return [
    {
      name: "connections, until all are open and have called once",
      grows,
      unit: "ms",
      may: "grow",
      points: times,
    },
    {
      name: "memory of the daemon with so many",
      grows,
      unit: "MiB",
      may: "grow",
      points: memory,
    },
    {
      name: "a call on one of so many",
      grows,
      unit: "µs",
      may: "stay",
      points: latency,
    },
  ];
}

/** How many files and sockets a process may have open. */
async function maxFiles(): Promise<number> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", "ulimit -n"],
  }).output();
  const limit = Number(new TextDecoder().decode(stdout));
  return Number.isNaN(limit) ? Infinity : limit;
}
