/**
 * The operators' command: looks after daemons by their sockets, and never
 * starts one.
 *
 * @example Look at a daemon, and end it
 * ```sh
 * deno install --global --allow-all --name autod jsr:@autod/autod/cli
 * autod status "$XDG_RUNTIME_DIR/counter/daemon.sock"
 * autod stop "$XDG_RUNTIME_DIR/counter/daemon.sock"
 * ```
 *
 * @module
 */

import { type Arguments, parseArguments } from "./cli/arguments.ts";
import { call } from "./cli/call.ts";
import { completions } from "./cli/completions.ts";
import { doctor } from "./cli/doctor.ts";
import { CliError, ExitCode } from "./cli/exit_code.ts";
import { help } from "./cli/help.ts";
import { logs } from "./cli/logs.ts";
import { methods } from "./cli/methods.ts";
import { checkPermitted } from "./cli/needs.ts";
import { ping } from "./cli/ping.ts";
import { status } from "./cli/status.ts";
import { restart, stop } from "./cli/stop.ts";
import { AutodError } from "./errors.ts";

type Command = (args: Arguments) => Promise<number>;

const COMMANDS: Record<string, Command> = {
  status,
  stop,
  restart,
  logs,
  ping,
  call,
  methods,
  doctor,
  completions,
  help,
};

/**
 * Runs one command line and resolves to its exit code; what goes wrong is told
 * on stderr.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed.help) return await help();
    // The doctor finds out by itself.
    if (parsed.command !== "doctor") checkPermitted(parsed);
    return await COMMANDS[parsed.command](parsed);
  } catch (error) {
    console.error(`autod: ${(error as Error).message}`);
    return toExitCode(error);
  }
}

function toExitCode(error: unknown): number {
  if (error instanceof CliError) return error.code;
  if (error instanceof AutodError && error.code === "not-running") {
    return ExitCode.notRunning;
  }
  if (error instanceof AutodError && error.code === "not-responding") {
    return ExitCode.notResponding;
  }
  return ExitCode.failed;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
