// What a warm formatter gains: deno run -A examples/fmtd/bench.ts [ROUNDS]
// Each figure is a process that formats one file. Interleaved in one run; prints
// medians, and the medians of the ratios of each round.
import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import manifest from "./deno.json" with { type: "json" };

const rounds = Number(Deno.args[0] ?? 15);
const prettier = manifest.imports.prettier; // npm:prettier@…
const input = new URL("../../src/channel.ts", import.meta.url);
const text = Deno.readTextFileSync(input).replaceAll(/^ +/gm, "");

const dir = Deno.makeTempDirSync({ prefix: "fmtd-bench-" });
const deno = (...args: string[]) => [Deno.execPath(), "run", "-A", ...args];
const path = (name: string) => fromFileUrl(import.meta.resolve(name));
const filepath = ["--stdin-filepath", "channel.ts"];
const installed = join(dir, "node_modules/prettier/bin/prettier.cjs");
const fmtd = deno(path("./cmd.ts"), ...filepath);
const sockfile = join(dir, "fmtd/fmtd.sock");
const stop = deno(path("../../src/cli.ts"), "stop", sockfile);

interface Row {
  readonly name: string;
  readonly command: string[];
  /** Whether the daemon is stopped before each run. */
  readonly cold?: boolean;
}

const WARM: Row = { name: "fmtd, warm", command: fmtd };
const ROWS: Row[] = [
  ...await installForNode()
    ? [
      { name: "npx prettier", command: ["npx", "prettier", ...filepath] },
      {
        name: "node …/prettier.cjs",
        command: ["node", installed, ...filepath],
      },
    ]
    : [],
  { name: "deno run npm:prettier", command: deno(prettier, ...filepath) },
  { name: "fmtd, its first run", command: fmtd, cold: true },
  WARM,
  { name: "an empty deno run", command: deno("empty.js") },
];

async function installForNode(): Promise<boolean> {
  Deno.writeTextFileSync(join(dir, "package.json"), "{}");
  Deno.writeTextFileSync(join(dir, "empty.js"), "export {};");
  try {
    await run(["npm", "install", "--silent", prettier.replace("npm:", "")]);
    return true;
  } catch (error) {
    console.error("Without node and npm:", (error as Error).message);
    return false;
  }
}

/** Runs a command with the text as its stdin, and resolves to its stdout. */
async function run([program, ...args]: string[]): Promise<string> {
  const process = new Deno.Command(program, {
    args,
    cwd: dir,
    // The variable makes node start later; deno does not heed it.
    env: { XDG_RUNTIME_DIR: dir, NODE_EXTRA_CA_CERTS: "" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = process.output();
  await ReadableStream.from([text]).pipeThrough(new TextEncoderStream())
    .pipeTo(process.stdin).catch(() => {}); // not everything reads it
  const { success, stdout, stderr } = await output;
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

let formatted: string | undefined; // as the first one does

async function measure({ command, cold }: Row): Promise<number> {
  if (cold) await run(stop);
  const start = performance.now();
  const stdout = await run(command);
  const time = performance.now() - start;
  if (stdout !== "") assertEquals(stdout, formatted ??= stdout);
  return time;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

const times = new Map<Row, number[]>(ROWS.map((row) => [row, []]));
try {
  for (const row of ROWS) await measure(row); // what is loaded once is loaded
  for (let round = 0; round < rounds; round++) {
    for (const row of ROWS) times.get(row)!.push(await measure(row));
  }
} finally {
  await run(stop);
  Deno.removeSync(dir, { recursive: true });
}

console.log("| command | median, ms | × warm |\n| --- | --- | --- |");
for (const [{ name }, all] of times) {
  const ratios = all.map((time, round) => time / times.get(WARM)![round]);
  console.log(
    `| ${name} | ${median(all).toFixed(0)} | ${median(ratios).toFixed(1)} |`,
  );
}
