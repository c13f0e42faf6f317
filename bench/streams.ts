// Streams against auto-daemon and a raw socket: `deno task bench [ROUNDS]`.
// Interleaved in one run; prints medians, and ratios of the same round.
import { join } from "@std/path";

const HERE = import.meta.dirname!;
const MIB = 1024 * 1024;

interface Work {
  readonly name: string;
  readonly args: string[];
  /** How much is moved, and of what. */
  readonly amount: number;
  readonly unit: "MB" | "objects";
  readonly peers: string[];
}

const both = ["auto-daemon", "raw"];
const WORKS: Work[] = [
  bytesWork("down", 64 * 1024, both),
  bytesWork("up", 64 * 1024, both),
  bytesWork("down", 4 * 1024, both, 64),
  bytesWork("up", 4 * 1024, both, 64),
  bytesWork("byob", 64 * 1024, ["raw"]),
  {
    name: "objects",
    args: ["objects", "0", "200000"],
    amount: 200_000,
    unit: "objects",
    peers: ["auto-daemon"],
  },
];

function bytesWork(
  work: string,
  size: number,
  peers: string[],
  mib = 256,
): Work {
  const total = mib * MIB;
  return {
    name: `${work}, chunks of ${size / 1024} KiB`,
    args: [work, `${size}`, `${total}`],
    amount: total / 1e6,
    unit: "MB",
    peers,
  };
}

const dir = Deno.makeTempDirSync({ prefix: "autod-bench-" });
const env = { PEERS: dir, NODE_EXTRA_CA_CERTS: "" };
const deno = (file: string) => [Deno.execPath(), "run", "-A", join(HERE, file)];
const node = ["node", "--no-deprecation", join(HERE, "peers/auto_daemon.cjs")];
const clients: Record<string, string[]> = {
  "autod": deno("peers/autod_client.ts"),
  "auto-daemon": node,
  "raw": deno("peers/raw.ts"),
};
const socket = (peer: string) => join(dir, `${peer}.sock`);

async function run(argv: string[]): Promise<string> {
  const [program, ...args] = argv;
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    env,
    cwd: dir,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function serve(peer: string): Deno.ChildProcess {
  const [program, ...args] = clients[peer];
  return new Deno.Command(program, {
    args: [...args, "serve", socket(peer)],
    env,
    stdin: "null",
  }).spawn();
}

async function untilThere(path: string): Promise<void> {
  while (!await Deno.lstat(path).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

const rounds = Number(Deno.args[0] ?? 5);
await Deno.writeTextFile(join(dir, "package.json"), "{}");
await run(["npm", "install", "--silent", "auto-daemon@2.6.0"]);
const servers = ["auto-daemon", "raw"].map(serve);
try {
  await Promise.all(
    ["auto-daemon", "raw"].map((peer) => untilThere(socket(peer))),
  );
  for (const { name, args, amount, unit, peers } of WORKS) {
    const rates: Record<string, number[]> = {};
    for (let round = -1; round < rounds; round++) {
      for (const peer of ["autod", ...peers]) {
        const seconds = Number(
          await run([...clients[peer], socket(peer), ...args]),
        );
        // The first round warms up what there is to warm up.
        if (round >= 0) (rates[peer] ??= []).push(amount / seconds);
      }
    }
    const cells = ["autod", ...peers].map((peer) => {
      const ratio = median(rates.autod.map((rate, i) => rate / rates[peer][i]));
      const rate = Math.round(median(rates[peer])).toLocaleString("en");
      return `${peer} ${rate} ${unit}/s${
        peer === "autod" ? "" : ` (autod is ${ratio.toFixed(2)} ×)`
      }`;
    });
    console.log(`${name}: ${cells.join(", ")}`);
  }
} finally {
  for (const server of servers) server.kill("SIGKILL");
  for (const server of servers) await server.status;
  const conn = await Deno.connect({ transport: "unix", path: socket("autod") });
  await conn.write(new TextEncoder().encode(
    '{"jsonrpc":"2.0","id":1,"method":"$/shutdown"}\n',
  ));
  await conn.read(new Uint8Array(1));
  conn.close();
  await Deno.remove(dir, { recursive: true });
}
