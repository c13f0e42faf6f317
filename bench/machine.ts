import { median } from "./measure.ts";
import type { Machine } from "./results.ts";

const SPAWNS = 20;

/** Looks at the machine. */
export async function lookAtMachine(
  node24: string | undefined,
): Promise<Machine> {
  return {
    cores: navigator.hardwareConcurrency,
    system: `${Deno.build.os} ${Deno.osRelease()}, ${Deno.build.arch}`,
    deno: Deno.version.deno,
    node: await versionOf("node"),
    node24: node24 === undefined ? null : await versionOf(node24),
    spawn: await spawnTime(),
  };
}

/** How many processes want a core, on average of the last minute. */
export function load(): number {
  return Deno.loadavg()[0];
}

async function versionOf(node: string): Promise<string> {
  const command = new Deno.Command(node, { args: ["--version"] });
  const { stdout } = await command.output();
  return new TextDecoder().decode(stdout).trim().slice(1);
}

async function spawnTime(): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < SPAWNS; i++) {
    const start = performance.now();
    await new Deno.Command("true").output();
    times.push(performance.now() - start);
  }
  return median(times);
}
