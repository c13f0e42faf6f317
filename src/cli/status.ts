import type { Arguments } from "./arguments.ts";
import { askStatus, type Status } from "./ask.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { printTable, show, toAge, toSize } from "./print.ts";

const STATES: Record<number, string> = {
  [ExitCode.notRunning]: "not running",
  [ExitCode.notResponding]: "not responding",
};

/** Shows what the daemon says of itself. */
export async function status(args: Arguments): Promise<number> {
  let found: Status;
  try {
    found = await askStatus(args);
  } catch (error) {
    const state = error instanceof CliError ? STATES[error.code] : undefined;
    if (state === undefined) throw error;
    const { message, code } = error as CliError;
    show(args.json, { state, message }, () => console.log(message));
    return code;
  }
  // The one that asks is a session, and holds it.
  const { sessions, refcount } = found;
  found = { ...found, sessions: sessions - 1, refcount: refcount - 1 };
  show(args.json, { state: "running", ...found }, () => print(found));
  return ExitCode.ok;
}

function print(status: Status): void {
  const startedAt = new Date(status.startedAt);
  printTable([
    ["state", "running"],
    ["pid", status.pid],
    ["started", `${startedAt.toISOString()}, ${toAge(startedAt)}`],
    ["version", status.version],
    ["sessions", status.sessions],
    ["refcount", status.refcount],
    ["calls", status.calls],
    ["streams", status.streams],
    ["memory", toSize(status.memory.rss)],
    ["socket", status.sockfile],
    ["rpcfile", status.rpcfile],
    ["log", status.logfile],
  ]);
}
