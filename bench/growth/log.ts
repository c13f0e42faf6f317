import { join } from "@std/path";
import { AUTOD, type Bench } from "../bench.ts";
import { counters, runCommand } from "../command.ts";
import { median } from "../measure.ts";
import { endDaemon } from "../parts/cold.ts";
import type { Series } from "../results.ts";

const MIB = 1024 * 1024;
const SIZES = [0.01, 1, 8, 64, 256];
const TIMES = 5;

/** The log that a daemon finds when it starts. */
export async function measureLog(bench: Bench): Promise<Series[]> {
  const logfile = join(bench.yard.folder(AUTOD), "counter/counter.sock.log");
  const [command] = counters(bench, 1);
  await runCommand(bench, command); // it makes the folder
  const points: [number, number][] = [];
  for (const size of bench.smoke ? SIZES.slice(0, 2) : SIZES) {
    const times: number[] = [];
    for (let i = 0; i < (bench.smoke ? 1 : TIMES); i++) {
      await endDaemon(bench, command);
      const line = `${"x".repeat(99)}\n`;
      Deno.writeTextFileSync(logfile, line.repeat(size * MIB / line.length));
      times.push((await runCommand(bench, command)).first);
    }
    points.push([size, median(times)]);
  }
  await endDaemon(bench, command);
  return [{
    name: "a cold start, where the log has so much",
    grows: "MiB",
    unit: "ms",
    may: "grow",
    points,
  }];
}
