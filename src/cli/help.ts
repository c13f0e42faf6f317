import { ExitCode } from "./exit_code.ts";

/** What is told of a command. */
interface CommandHelp {
  readonly operands: string;
  readonly summary: string;
}

/** What is told of an option. */
interface OptionHelp {
  /** The name of its value, if it takes one. */
  readonly value?: string;
  /** The commands that take it, if not all do. */
  readonly of?: readonly string[];
  /** The commands that do not take it, of all others. */
  readonly except?: readonly string[];
  readonly summary: string;
}

/** The commands, in the order in which they are told of. */
export const COMMANDS: Readonly<Record<string, CommandHelp>> = {
  status: { operands: "SOCKET", summary: "show what the daemon does" },
  stop: { operands: "SOCKET", summary: "end the daemon" },
  restart: {
    operands: "SOCKET",
    summary: "end the daemon; the next command starts a new one",
  },
  logs: { operands: "SOCKET", summary: "show what the daemon printed" },
  ping: { operands: "SOCKET", summary: "see whether the daemon answers" },
  call: {
    operands: "SOCKET METHOD [JSON…]",
    summary: "call a method, or read the stream METHOD:s",
  },
  methods: { operands: "SOCKET", summary: "list the methods" },
  doctor: { operands: "SOCKET", summary: "find out what is wrong" },
  completions: {
    operands: "bash|zsh|fish",
    summary: "print completions for a shell",
  },
  help: { operands: "", summary: "print this text" },
};

/** The options. */
export const OPTIONS: Readonly<Record<string, OptionHelp>> = {
  json: {
    except: ["logs", "completions", "help"],
    summary: "print JSON, for programs (not for logs)",
  },
  force: {
    of: ["stop", "restart"],
    summary: "at once, also a daemon that does not answer",
  },
  follow: { of: ["logs"], summary: "go on with what comes" },
  lines: {
    of: ["logs"],
    value: "N",
    summary: "show so many lines at first (50)",
  },
  logfile: {
    of: ["logs", "doctor"],
    value: "PATH",
    summary: "where the log is",
  },
  bytes: { of: ["call"], summary: "stdin is bytes, and not JSON values" },
  timeout: {
    except: ["completions", "help"],
    value: "MS",
    summary: "how long to wait for the daemon, in milliseconds (5000)",
  },
  help: { summary: "print this text" },
};

/** What an option does, and for which commands. */
export function summaryOf({ of, summary }: OptionHelp): string {
  return of ? `${of.join(", ")}: ${summary}` : summary;
}

/** Prints how the command is used. */
export function help(): Promise<number> {
  console.log(USAGE);
  return Promise.resolve(ExitCode.ok);
}

const USAGE = `Looks after the daemons of autod. It never starts one.

Usage: autod COMMAND SOCKET [OPTIONS]

${
  columns(
    Object.entries(COMMANDS)
      .map(([name, { operands, summary }]) => [`${name} ${operands}`, summary]),
  )
}

${
  columns(
    Object.entries(OPTIONS).map(([name, option]) => [
      `--${name}${option.value ? ` ${option.value}` : ""}`,
      summaryOf(option),
    ]),
  )
}

The options of call stand before its socket, as its arguments may begin with a
minus. It reads what a stream takes from stdin, a JSON value a line.

The timeout, which is above 0, is for the answer of the daemon; for stop and
restart, for its end; for call, for the connection: the call may take any time.

Exit codes: ${
  [
    `${ExitCode.ok} done, or running`,
    `${ExitCode.failed} failed`,
    `${ExitCode.usage} wrong usage`,
    `${ExitCode.notRunning} no daemon runs`,
    `${ExitCode.notResponding} it does not answer`,
  ].join(", ")
}.
stop and restart end with 0 as well where no daemon runs, logs where it finds a
log, and doctor with 1 where something is wrong.

With --json, stdout has one object: of status {state, …}, of ping {pid, ms}, of
stop and restart {state}, of doctor {ok, findings}; of methods a list of names;
of call the result, a stream's chunks as {value} or {bytes, base64}, a line each,
and what the daemon refuses as {error}. Other errors are on stderr alone.

-f is --follow, and -h is --help.`;

function columns(rows: string[][]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`)
    .join("\n");
}
