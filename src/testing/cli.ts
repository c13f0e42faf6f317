import { fromFileUrl } from "@std/path";
import { type Output, runProgram } from "./command.ts";

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

/** Runs the operators' command, with `input` on its stdin. */
export function runCli(args: readonly string[], input = ""): Promise<Output> {
  const [program, ...rest] = CLI_COMMAND;
  return runProgram(program, [...rest, ...args], {}, input);
}
