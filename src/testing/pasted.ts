import { assert } from "@std/assert";
import { CALL, type Job, type Told } from "./command.ts";
import { README, sh } from "./readme.ts";
import type { Sandbox } from "./sandbox.ts";

/** The flags that the README's table of permissions gives for a purpose. */
export function readmeFlags(
  purpose: string,
  paths: { readonly S: string; readonly P?: string; readonly D?: string },
): string[] {
  const row = README.split("\n").find((line) =>
    line.startsWith(`| ${purpose}`)
  );
  assert(row, `The README has no flags to ${purpose}`);
  const [flags] = /--allow[^`]*/.exec(row)!;
  return flags.split(" ").map((flag) =>
    flag.replace(/\b[SPD]\b/g, (name) => paths[name as keyof typeof paths]!)
  );
}

/** The flags less one item or a whole flag, in all ways, and what was taken away. */
export function lessOne(
  flags: readonly string[],
): { readonly less: string[]; readonly lacks: string }[] {
  return flags.flatMap((flag, i) => {
    const [name, list = ""] = flag.split("=");
    const items = list.split(",");
    const cases = items.map((item, j) => {
      const rest = items.toSpliced(j, 1).join(",");
      const kept = rest === "" ? [] : [`${name}=${rest}`];
      const lacks = items.length === 1 ? flag : `${name}=${item}`;
      return { less: flags.toSpliced(i, 1, ...kept), lacks };
    });
    if (items.length === 1) return cases;
    return [...cases, { less: flags.toSpliced(i, 1), lacks: flag }];
  });
}

/** A flag as it stands in messages, where a deno that may not be run is known by its path. */
export function withDenoPath(flag: string): string {
  return flag.replace(/=deno$/, `=${Deno.execPath()}`);
}

/** The flags that an error's message says to run a command with. */
export function flagsIn(message: string): string {
  const found =
    /run (?:it|the command) with (?:just )?(.*?)(?: as well| instead|, or| and without|$)/m
      .exec(message);
  assert(found, `No flags in: ${message}`);
  return found[1];
}

/** Lets a command do `job`, with flags as they are pasted into a shell. */
export async function runPasted(
  box: Sandbox,
  flags: string,
  job: Job,
): Promise<Told> {
  const command = `deno run --no-prompt ${flags} ${CALL} ${
    quoted(JSON.stringify(job))
  }`;
  const { stdout, stderr } = await sh(box, command);
  assert(stdout !== "", `The command said nothing: ${stderr}`);
  return JSON.parse(stdout);
}

/** A word as it is written in a shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
