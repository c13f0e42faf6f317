// How far memory grows while a slow reader takes 1 GiB, in both processes, for
// the ways to read: `deno run -A bench/slow_reader.ts`. Linux only: it reads /proc.
import { autod } from "@autod/autod";

const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;
const TOTAL = 1024 * MIB;
const WARM_UP = 64 * MIB;

type Read = (total: number) => AsyncIterable<number>;

const dir = Deno.makeTempDirSync({ prefix: "autod-bench-" });
const daemon = await autod<typeof import("./peers/autod_iface.ts")>({
  rpcfile: import.meta.resolve("./peers/autod_iface.ts"),
  sockfile: `${dir}/slow.sock`,
  methods: ["down:s", "up:s", "objects:s"],
});
const raw = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    `${import.meta.dirname}/peers/raw.ts`,
    "serve",
    `${dir}/raw.sock`,
  ],
}).spawn();

/** Sizes of the chunks, as `for await` over the stream gets them. */
async function* chunks(total: number): AsyncGenerator<number> {
  for await (const chunk of daemon.rpc.down(CHUNK, total)) yield chunk.length;
}

/** The same into memory of the reader's own. */
async function* byob(total: number): AsyncGenerator<number> {
  const { bytes } = daemon.rpc.down(CHUNK, total);
  const reader = bytes.getReader({ mode: "byob" });
  let memory = new Uint8Array(CHUNK);
  for (;;) {
    const { done, value } = await reader.read(memory);
    if (done) return;
    yield value.length;
    memory = new Uint8Array(value.buffer);
  }
}

/** A raw socket under a plain ReadableStream, for comparison. */
async function* plain(total: number): AsyncGenerator<number> {
  const path = `${dir}/raw.sock`;
  using conn = await Deno.connect({ transport: "unix", path });
  const head = new Uint8Array(64).fill(32);
  new TextEncoder().encodeInto(`down ${CHUNK} ${total} `, head);
  await conn.write(head);
  const stream = new ReadableStream<Uint8Array>({
    async pull(out) {
      const memory = new Uint8Array(CHUNK);
      const count = await conn.read(memory);
      if (count === null) out.close();
      else out.enqueue(memory.subarray(0, count));
    },
  }, { highWaterMark: 0 });
  for await (const chunk of stream) yield chunk.length;
}

function resident(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

/** Reads with a pause after each MiB, and resolves to the peaks of both processes. */
async function peaks(read: Read, total: number, pid: number) {
  const peak = { client: 0, server: 0 };
  let sincePause = 0;
  for await (const length of read(total)) {
    sincePause += length;
    if (sincePause < MIB) continue;
    sincePause = 0;
    await new Promise((resolve) => setTimeout(resolve, 5));
    peak.client = Math.max(peak.client, resident(Deno.pid));
    peak.server = Math.max(peak.server, resident(pid));
  }
  return peak;
}

const ways: [string, Read, number][] = [
  ["BYOB reader", byob, daemon.connection.pid],
  ["for await", chunks, daemon.connection.pid],
  ["plain ReadableStream on a raw socket", plain, raw.pid],
];
for (const [name, read, pid] of ways) {
  // What the code and its first garbage take is not the stream's.
  const before = await peaks(read, WARM_UP, pid);
  const after = await peaks(read, TOTAL, pid);
  const grown = (side: "client" | "server") =>
    `${side} ${(after[side] - before[side]).toFixed(1)} MiB`;
  console.log(`${name}: ${grown("client")}, ${grown("server")}`);
}
daemon.connection.close();
daemon.process?.kill();
raw.kill();
await Promise.all([daemon.process?.status, raw.status]);
Deno.removeSync(dir, { recursive: true });
