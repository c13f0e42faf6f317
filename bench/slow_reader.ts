// How far memory grows while a slow reader takes 1 GiB, in both processes:
// `deno run -A bench/slow_reader.ts`. Linux only, as it reads /proc.
import { autod } from "@autod/autod";

const MIB = 1024 * 1024;
const TOTAL = 1024 * MIB;

const dir = Deno.makeTempDirSync({ prefix: "autod-bench-" });
const daemon = await autod<typeof import("./peers/autod_iface.ts")>({
  rpcfile: import.meta.resolve("./peers/autod_iface.ts"),
  sockfile: `${dir}/slow.sock`,
  methods: ["down:s", "up:s", "objects:s"],
});
const pids = { client: Deno.pid, daemon: daemon.connection.pid };

function resident(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

/** Reads a stream, with a pause after each MiB, and returns the peak of each process. */
async function readSlowly(total: number): Promise<Record<string, number>> {
  const peaks = { client: 0, daemon: 0 };
  let sincePause = 0;
  for await (const chunk of daemon.rpc.down(64 * 1024, total)) {
    sincePause += chunk.length;
    if (sincePause < MIB) continue;
    sincePause = 0;
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const name of ["client", "daemon"] as const) {
      peaks[name] = Math.max(peaks[name], resident(pids[name]));
    }
  }
  return peaks;
}

// What the code itself and its first garbage take is not the stream's.
const before = await readSlowly(64 * MIB);
const after = await readSlowly(TOTAL);
for (const name of ["client", "daemon"]) {
  const grown = after[name] - before[name];
  console.log(
    `${name}: peak ${after[name].toFixed(1)} MiB, ${
      grown.toFixed(1)
    } MiB above that of a 64 MiB stream`,
  );
}
daemon.connection.close();
daemon.process?.kill();
await daemon.process?.status;
Deno.removeSync(dir, { recursive: true });
