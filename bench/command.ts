import { join } from "@std/path";
import { AUTOD, type Bench } from "./bench.ts";
import { onNode24 } from "./contender.ts";
import { peerFile } from "./peers.ts";

const HERE = import.meta.dirname!;

/** A whole command, as a person runs it. */
export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Record<string, string>;
  /** A file in its folder that is left of a daemon that was killed. */
  readonly leftover?: string;
}

/** What a run of a {@linkcode Command} took, and said. */
export interface CommandRun {
  /** From before it was started to its first byte, in milliseconds. */
  readonly first: number;
  /** To its end. */
  readonly whole: number;
  readonly output: string;
}

/** The counter of the README, with its flags, and that of each peer's README. */
export function counters({ yard, node24 }: Bench, number: number): Command[] {
  const args = ["add", `${number}`];
  const peer = (name: string, folder: string, node: string): Command => ({
    name,
    argv: [node, peerFile(`${folder}/cmd.cjs`), ...args],
    env: {
      SOCKFILE: join(yard.folder(name), "s"),
      XDG_RUNTIME_DIR: yard.folder(name),
    },
    leftover: folder === "core_d" ? ".counter_d" : "s",
  });
  return [
    counter(yard.folder(AUTOD), AUTOD, "autod/cmd.ts", args),
    peer("auto-daemon", "auto-daemon", "node"),
    ...node24 ? [peer(onNode24("auto-daemon"), "auto-daemon", node24)] : [],
    peer("core_d", "core_d", "node"),
  ];
}

/** The counter of the examples, which looks for options with `parseArgs` of `@std/cli`. */
export function parsingCounter({ yard }: Bench, number: number): Command {
  const name = `${AUTOD} (with parseArgs)`;
  const args = ["add", `${number}`];
  return counter(
    yard.folder(name),
    name,
    "../examples/counter/cmd.ts",
    args,
  );
}

/** The counter by hand, which can start no daemon, and the command that starts it. */
export function counterByHand(
  { yard }: Bench,
  number: number,
): { byHand: Command; starter: Command } {
  const name = "floor: by hand (with the same checks)";
  const folder = yard.folder(name);
  const args = ["add", `${number}`];
  return {
    byHand: counter(folder, name, "floor/by_hand.ts", args),
    starter: counter(folder, name, "autod/cmd.ts", args),
  };
}

function counter(
  folder: string,
  name: string,
  file: string,
  args: readonly string[],
): Command {
  const own = join(folder, "counter");
  return {
    name,
    argv: [
      Deno.execPath(),
      "run",
      "--allow-env=XDG_RUNTIME_DIR",
      "--allow-sys=uid",
      `--allow-read=${own}`,
      `--allow-write=${own}`,
      `--allow-net=unix:${join(own, "counter.sock")}`,
      "--allow-run=deno",
      join(HERE, file),
      ...args,
    ],
    env: { XDG_RUNTIME_DIR: folder },
  };
}

/** A file of the floor, as a command. */
export function floorCommand(name: string, file: string): Command {
  const argv = [Deno.execPath(), "run", join(HERE, "floor", file)];
  return { name: `floor: ${name}`, argv };
}

/**
 * Runs a command, and resolves when it has ended.
 *
 * @throws {Error} If it fails, or takes longer than `timeout` milliseconds.
 */
export async function runCommand(
  { yard }: Bench,
  { name, argv, env }: Command,
  timeout = 20_000,
): Promise<CommandRun> {
  const command = yard.command(name, argv, {
    env,
    stdout: "piped",
    stderr: "piped",
  });
  const start = performance.now();
  const process = command.spawn();
  const timer = setTimeout(() => process.kill("SIGKILL"), timeout);
  const errors = new Response(process.stderr).text();
  let first: number | undefined;
  let output = "";
  for await (
    const text of process.stdout.pipeThrough(new TextDecoderStream())
  ) {
    first ??= performance.now() - start;
    output += text;
  }
  const { success } = await process.status;
  const whole = performance.now() - start;
  clearTimeout(timer);
  if (!success) throw new Error(`${name}: ${output}${await errors}`);
  return { first: first ?? whole, whole, output };
}
