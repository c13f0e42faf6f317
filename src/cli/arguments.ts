import { parseArgs } from "@std/cli";
import { toSockfile } from "../files/paths.ts";
import { MAX_DURATION } from "../limits.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { COMMANDS, OPTIONS } from "./help.ts";

/** How long a daemon may take by default, to answer, to end or to connect, in milliseconds. */
const TIMEOUT = 5000;
/** How many lines of the log are shown by default. */
const LINES = 50;

/** What was asked for on the command line. */
export interface Arguments {
  readonly command: string;
  /** The absolute path of the socket; empty for commands that have none. */
  readonly sockfile: string;
  /** What follows the socket. */
  readonly operands: readonly string[];
  readonly json: boolean;
  readonly force: boolean;
  readonly follow: boolean;
  readonly bytes: boolean;
  readonly help: boolean;
  readonly lines: number;
  readonly logfile: string | undefined;
  /** How long the daemon may take to answer, to end or to connect, in milliseconds. */
  readonly timeout: number;
}

/** Those that have a shell instead of a socket, or nothing. */
const WITHOUT_SOCKET = ["completions", "help"];

/**
 * Takes the command line apart. The arguments of a call are JSON, which may
 * begin with a minus: options stand before its socket.
 *
 * @throws {CliError} If the command or an option is unknown, or has a wrong value.
 */
export function parseArguments(args: readonly string[]): Arguments {
  const [command = "help"] = args.filter((arg) => !arg.startsWith("-"));
  if (!Object.hasOwn(COMMANDS, command)) {
    throw wrong(`there is no command ${command}`);
  }
  const at = args.indexOf(command);
  const rest = args.toSpliced(at, at < 0 ? 0 : 1);
  const flags = parseArgs(rest, {
    boolean: ["json", "force", "follow", "bytes", "help"],
    string: ["timeout", "lines", "logfile", "_"],
    alias: { help: "h", follow: "f" },
    stopEarly: command === "call",
    unknown: (arg, key) => {
      if (key === undefined) return true;
      throw wrong(`there is no option ${arg}`);
    },
  });
  checkTaken(command, flags);
  const operands = (flags._ as unknown[]).map(String);
  return {
    command,
    sockfile: toSocket(command, operands, flags.help),
    operands: WITHOUT_SOCKET.includes(command) ? operands : operands.slice(1),
    json: flags.json,
    force: flags.force,
    follow: flags.follow,
    bytes: flags.bytes,
    help: flags.help,
    lines: toNumber("lines", flags.lines, {
      or: LINES,
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    }),
    logfile: flags.logfile,
    timeout: toNumber("timeout", flags.timeout, {
      or: TIMEOUT,
      min: 1,
      max: MAX_DURATION,
    }),
  };
}

/** The error for a command line that is wrong. */
export function wrong(what: string): CliError {
  return new CliError(
    ExitCode.usage,
    `Cannot do that: ${what}; see: autod help`,
  );
}

// What is given is meant: nothing that changes nothing is taken.
function checkTaken(command: string, flags: Record<string, unknown>): void {
  if (flags.help) return;
  for (const [name, { of, except }] of Object.entries(OPTIONS)) {
    const isGiven = flags[name] !== undefined && flags[name] !== false;
    const isTaken = of?.includes(command) ?? !except?.includes(command);
    if (!isGiven || isTaken) continue;
    const others = of ? `, which is for ${of.join(", ")}` : "";
    throw wrong(`${command} takes no --${name}${others}`);
  }
}

function toSocket(
  command: string,
  [socket, ...more]: readonly string[],
  help: boolean,
): string {
  if (help || WITHOUT_SOCKET.includes(command)) return "";
  if (socket === undefined) throw wrong(`${command} needs a socket`);
  // Whoever names two is not to believe that both were looked after.
  if (command !== "call" && more.length > 0) {
    throw wrong(`${command} takes one socket, and not "${more[0]}" as well`);
  }
  try {
    return toSockfile(socket);
  } catch (error) {
    throw new CliError(ExitCode.usage, (error as Error).message);
  }
}

function toNumber(
  name: string,
  text: string | undefined,
  { or, min, max }: { or: number; min: number; max: number },
): number {
  if (text === undefined) return or;
  const value = Number(text);
  const fits = Number.isInteger(value) && value >= min && value <= max;
  if (text !== "" && fits) return value;
  throw wrong(
    `--${name} takes a number from ${min} to ${max}, and not "${text}"`,
  );
}
