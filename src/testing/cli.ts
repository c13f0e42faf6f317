import { fromFileUrl } from "@std/path";
import { inTime } from "./deadline.ts";

/** The path of the operators' command. */
export const CLI = fromFileUrl(new URL("../cli.ts", import.meta.url));

/** The program and arguments that run the operators' command. */
export const CLI_COMMAND = [
  Deno.execPath(),
  "run",
  "--no-prompt",
  "--allow-all",
  CLI,
];

/** What came of a run of the operators' command. */
export interface CliOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the operators' command, with `input` on its stdin. */
export async function runCli(
  args: readonly string[],
  input = "",
): Promise<CliOutput> {
  const [program, ...rest] = CLI_COMMAND;
  const process = new Deno.Command(program, {
    args: [...rest, ...args],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {}); // it may read nothing
  const output = await inTime(process.output(), "the end of the command");
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}
