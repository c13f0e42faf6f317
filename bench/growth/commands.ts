import type { Bench } from "../bench.ts";
import { counters, runCommand } from "../command.ts";
import { median } from "../measure.ts";
import { resident } from "../proc.ts";
import type { Series } from "../results.ts";
import { settled } from "../settle.ts";
import type { Member } from "../team.ts";

const COUNTS = [1000, 5000, 20_000, 50_000, 100_000];
/** How many a job has. */
const STEP = 5000;
const PROCESSES = [25, 50, 100, 200];

/** Commands, one after another, of one daemon. */
export async function measureCommands(
  bench: Bench,
  { worker, serverPid }: Member,
): Promise<Series[]> {
  const times: [number, number][] = [];
  const memory: [number, number][] = [];
  let done = 0;
  for (const count of bench.smoke ? [10, 20] : COUNTS) {
    const rest = count - done;
    let seconds = 0;
    while (done < count) {
      const step = Math.min(STEP, count - done);
      seconds += (await worker.do("commands", { count: step })).seconds;
      done += step;
    }
    times.push([count, seconds * 1e6 / rest]);
    memory.push([count, await settled(() => resident(serverPid)) / 1024]);
  }
  const grows = "commands";
  const name = "connect, call and close, 8 at a time: one, after so many";
  return [
    { name, grows, unit: "µs", may: "stay", points: times },
    {
      name: "memory of the daemon after so many",
      grows,
      unit: "MiB",
      may: "stay",
      points: memory,
    },
    {
      name: "a whole command, as a process, after so many",
      grows,
      unit: "ms",
      may: "stay",
      points: await measureProcesses(bench),
    },
  ];
}

async function measureProcesses(bench: Bench): Promise<[number, number][]> {
  const points: [number, number][] = [];
  const [command] = counters(bench, 1);
  const times: number[] = [];
  let done = 0;
  for (const count of bench.smoke ? [1, 2] : PROCESSES) {
    while (done < count) {
      const { whole, output } = await runCommand(bench, command);
      if (Number(output) !== ++done) throw new Error(`it said ${output}`);
      times.push(whole);
    }
    points.push([count, median(times.splice(0))]);
  }
  return points;
}
