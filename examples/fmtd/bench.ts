// What a warm formatter gains: deno run -A examples/fmtd/bench.ts [ROUNDS]
// Each figure is a process that formats one file. Interleaved in one run; prints
// medians, and the medians of the ratios of each round.
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { toText } from "@std/streams";
import { median, ratio, type Samples } from "../../bench/measure.ts";
import { Yard } from "../../bench/yard.ts";
import manifest from "./deno.json" with { type: "json" };

interface Row {
  readonly name: string;
  /** The folder of the yard that it belongs to. */
  readonly place: string;
  readonly command: string[];
  /** Whether the daemon is ended before each run. */
  readonly cold?: boolean;
}

const WARM = "fmtd, warm";
const rounds = Number(Deno.args[0] ?? 15);
const prettier = manifest.imports.prettier; // npm:prettier@…
const input = new URL("../../src/command/channel.ts", import.meta.url);
const text = Deno.readTextFileSync(input).replaceAll(/^ +/gm, "");

await using yard = new Yard();
Deno.addSignalListener("SIGINT", async () => {
  await yard[Symbol.asyncDispose]();
  Deno.exit(130);
});

const rows = [...await installForNode() ? nodeRows() : [], ...denoRows()];
let formatted: string | undefined; // as the first one does
for (const row of rows) await measure(row); // what is loaded once is loaded
const samples: Samples = Object.fromEntries(rows.map(({ name }) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const row of rows) samples[row.name].push(await measure(row));
}
console.log("| command | median, ms | × warm |\n| --- | --- | --- |");
for (const { name } of rows) {
  const time = median(samples[name]).toFixed(0);
  const times = ratio(samples, name, WARM).toFixed(1);
  console.log(`| ${name} | ${time} | ${times} |`);
}

function nodeRows(): Row[] {
  const args = ["--stdin-filepath", "channel.ts"];
  const place = "node";
  const script = "node_modules/prettier/bin/prettier.cjs";
  return [
    { name: "npx prettier", place, command: ["npx", "prettier", ...args] },
    { name: "node …/prettier.cjs", place, command: ["node", script, ...args] },
  ];
}

function denoRows(): Row[] {
  const deno = [Deno.execPath(), "run", "-A"];
  const args = ["--stdin-filepath", "channel.ts"];
  const cmd = fromFileUrl(import.meta.resolve("./cmd.ts"));
  const fmtd = { place: "fmtd", command: [...deno, cmd, ...args] };
  const empty = `${yard.folder("deno")}/empty.js`;
  Deno.writeTextFileSync(empty, "export {};");
  return [
    {
      name: "deno run npm:prettier",
      place: "deno",
      command: [...deno, prettier, ...args],
    },
    { name: "fmtd, its first run", ...fmtd, cold: true },
    { name: WARM, ...fmtd },
    { name: "an empty deno run", place: "deno", command: [...deno, empty] },
  ];
}

async function installForNode(): Promise<boolean> {
  const cwd = yard.folder("node");
  Deno.writeTextFileSync(`${cwd}/package.json`, "{}");
  const args = ["install", "--silent", prettier.replace("npm:", "")];
  try {
    const { success } = await new Deno.Command("npm", { args, cwd }).output();
    if (!success) console.error("Without node: npm cannot install prettier");
    return success;
  } catch (error) {
    console.error("Without node:", (error as Error).message);
    return false;
  }
}

/** How long a command takes to format the text, in milliseconds. */
async function measure({ place, command, cold }: Row): Promise<number> {
  if (cold) await yard.stop(place);
  const start = performance.now();
  const process = yard.command(place, command, {
    env: { XDG_RUNTIME_DIR: yard.dir },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writing = ReadableStream.from([text])
    .pipeThrough(new TextEncoderStream())
    .pipeTo(process.stdin)
    .catch(() => {}); // one of them reads nothing
  const stdout = await toText(process.stdout);
  const { success } = await process.status;
  const time = performance.now() - start;
  await writing;
  if (!success) throw new Error(`Cannot run ${command.join(" ")}`);
  if (stdout !== "") assertEquals(stdout, formatted ??= stdout);
  return time;
}
