/**
 * The operators' command: looks after daemons by their sockets, and never
 * starts one.
 *
 * @example Look at a daemon, and end it
 * ```sh
 * deno install --global --allow-all --name autod jsr:@autod/autod/cli
 * autod status "$XDG_RUNTIME_DIR/counter/counter.sock"
 * autod stop "$XDG_RUNTIME_DIR/counter/counter.sock"
 * ```
 *
 * @example The same from a program
 * ```ts no-eval
 * import { main } from "@autod/autod/cli";
 *
 * const code = await main(["stop", "/run/user/1000/counter/counter.sock"]);
 * if (code !== 0) Deno.exit(code);
 * ```
 *
 * @module
 */

import { type Arguments, parseArguments } from "./cli/arguments.ts";
import { call } from "./cli/call.ts";
import { completions } from "./cli/completions.ts";
import { notServed } from "./cli/ask.ts";
import { doctor } from "./cli/doctor.ts";
import { CliError, ExitCode } from "./cli/exit_code.ts";
import { help } from "./cli/help.ts";
import { logs } from "./cli/logs.ts";
import { methods } from "./cli/methods.ts";
import { checkPermitted } from "./cli/needs.ts";
import { ping } from "./cli/ping.ts";
import { status } from "./cli/status.ts";
import { stop } from "./cli/stop.ts";
import { AutodError } from "./errors.ts";

type Command = (args: Arguments) => Promise<number>;

const COMMANDS: Record<string, Command> = {
  status,
  stop,
  restart: stop, // which the next command does
  logs,
  ping,
  call,
  methods,
  doctor,
  completions,
  help,
};

/**
 * Runs one command line. What goes wrong is told on stderr.
 *
 * @param args The command, its socket, and the rest, as `autod help` prints them.
 * @returns The exit code: 0 done, or running; 1 failed; 2 wrong usage; 3 no
 * daemon runs; 4 it does not answer, as it is busy, starting or closing.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed.help) return await help();
    // The doctor finds out by itself.
    if (parsed.command !== "doctor") checkPermitted(parsed);
    return await COMMANDS[parsed.command](parsed);
  } catch (error) {
    // As `head`, which ends when it has seen enough.
    if (error instanceof Deno.errors.BrokenPipe) return ExitCode.ok;
    const shown = isNotRunning(error)
      ? notServed(error.sockfile, "a command starts it when it needs it", error)
      : error;
    console.error(`autod: ${(shown as Error).message}`);
    return toExitCode(shown);
  }
}

// Its own message is for the author of a command, and names an option of `autod()`.
function isNotRunning(error: unknown): error is AutodError {
  return error instanceof AutodError && error.code === "not-running";
}

function toExitCode(error: unknown): number {
  if (error instanceof CliError) return error.code;
  const isBusy = error instanceof AutodError &&
    ["not-responding", "too-many-connections"].includes(error.code);
  return isBusy ? ExitCode.notResponding : ExitCode.failed;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
