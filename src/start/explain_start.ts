// The errors of starting a daemon: what happened, where, and what to do.
import type { AutodError, AutodErrorCode } from "../errors.ts";
import { cannotUse, make, remedy, SEE_FACTORY } from "../command/explain.ts";
import { cannotRun, cannotStart } from "./explain_spawn.ts";
import type { Absence } from "../command/link.ts";
import { filesOf } from "../files/daemon_files.ts";
import { readNote } from "../files/lockfile.ts";
import type { Settings } from "../command/options.ts";
import { quote } from "../quote.ts";
import type { FailedStart } from "./readiness.ts";
import { SERVING_URL } from "../serving_url.ts";
import { toError } from "../wire/error_data.ts";

const ofRpcfile = new WeakSet<Error>();

/** Whether it was the rpcfile's own code that failed, whatever it threw. */
export function isOfRpcfile(error: AutodError): boolean {
  return error.code === "iface-failed" || ofRpcfile.has(error);
}

/** What a daemon said of its own failing start. */
export function explainStart(
  { stage, error: data }: FailedStart,
  settings: Settings,
  stderr: string,
): AutodError {
  const { sockfile, rpcfile, logfile } = settings;
  const error = toError(data) ?? new Error("It did not say why");
  const isRpcfiles = stage === "import" || stage === "default";
  if (!isRpcfiles && error.name === "AutodError") {
    // It is in this library's words already.
    const { code } = error as unknown as { code: AutodErrorCode };
    return make(code, error.message, settings, error.cause);
  }
  const happened = {
    claim: `its lock "${filesOf(sockfile).lock}" cannot be had`,
    log: `its log "${logfile}" cannot be written`,
    import: `its rpcfile "${rpcfile}" failed while it was imported`,
    default:
      `its rpcfile "${rpcfile}" needs: export default (server, stream, args) => ({ … })`,
    listen: "it cannot listen",
  }[stage];
  const what = remedy(error, settings) || remedyForImport(error, settings) ||
    (stage === "log" ? '; choose another by the option "logfile"' : "");
  const why = `${happened}: ${error}${what}`;
  const explained = cannotStart("start-failed", why, settings, error, stderr);
  if (isRpcfiles) ofRpcfile.add(explained);
  return explained;
}

function remedyForImport(
  { message }: Error,
  { cwd, dialer }: Settings,
): string {
  if (dialer || !/not a dependency|not in import map/.test(message)) return "";
  const where = cwd === undefined ? "" : `, which is "${cwd}"`;
  return `; a daemon has the deno.json of its directory (the option "cwd"${where}), and no --config or --import-map of its command`;
}

/** A daemon's process that ended without a word. */
export function explainExit(
  status: Deno.CommandStatus,
  program: string,
  settings: Settings,
  stderr: string,
): AutodError {
  const how = status.signal
    ? `was ended by ${status.signal}`
    : `ended with code ${status.code}`;
  const said = stderr.trim();
  // How a shell tells that it cannot run a program. Others end so as well.
  const isShells = status.code === 126 || status.code === 127;
  if (isShells && /\bexec: /.test(said)) {
    return cannotRun(
      new Error(said.replace(/^.*: exec: /, "")),
      program,
      settings,
    );
  }
  const words = said === ""
    ? `said nothing; see "${settings.logfile}"`
    : `said: ${said}`;
  // What it is to run lies beside this module, unless that was put elsewhere.
  const remedy = said.includes(`Module not found "${SERVING_URL}"`)
    ? "; that is a part of this library, which a bundle has to leave out: deno bundle --external"
    : "";
  const why =
    `its process "${program}" ${how} before it was ready, and ${words}${remedy}`;
  return cannotStart("start-failed", why, settings, undefined, stderr);
}

/** A daemon that was ready `starts` times, and could not be used each time; its log may have what was `uncaught`. */
export function explainEnds(
  starts: number,
  { absent, cause }: Absence,
  settings: Settings,
  uncaught?: string,
): AutodError {
  const error = cause?.toString() ?? uncaught;
  const why = error
    ? `and died of an error that nobody caught: ${error}${
      remedy({ name: cause?.name ?? error.split(":")[0] }, settings)
    }`
    : `and could not be used, the last time because ${absent}`;
  return make(
    "start-failed",
    `Cannot reach the daemon at "${settings.sockfile}": it was started ${starts} times ${why}; see "${settings.logfile}"`,
    settings,
    cause,
  );
}

/** A daemon that serves, and ended each connection before it served that. */
export function explainRefusal(
  { absent }: Absence,
  settings: Settings,
): AutodError {
  return cannotUse(
    "iface-failed",
    `it serves, and ended each connection before it served that, the last time because ${absent}; ${SEE_FACTORY}`,
    settings,
  );
}

/** The daemon's process took too long, and was ended. */
export function explainTimeout(settings: Settings): AutodError {
  return late(
    `its process was not ready and was ended; see what its rpcfile "${settings.rpcfile}" waits for, or raise the option "timeout"`,
    settings,
  );
}

/** Another command starts the daemon, and takes too long. */
export function explainWait(settings: Settings): AutodError {
  const { sockfile } = settings;
  const { spawnLock: lock } = filesOf(sockfile);
  const { starter, failure } = readNote(lock);
  const what = starter === Deno.pid
    ? "another call of this process is starting it, and takes longer"
    : failure === undefined
    ? `another command is starting it, and holds "${lock}"; if it was stopped, let it go on, or end it: ${
      starter === undefined
        ? `fuser ${quote(lock)} finds it`
        : `kill -9 ${starter}`
    }`
    : `other commands try to start it, and the last one could not: ${failure}`;
  return late(what, settings);
}

function late(what: string, settings: Settings): AutodError {
  return make(
    "timeout",
    `Cannot reach a daemon at "${settings.sockfile}" within ${settings.timeout} ms: ${what}`,
    settings,
  );
}

/** An import in this process took too long. */
export function explainImport(settings: Settings): AutodError {
  return cannotUse(
    "timeout",
    `it was not imported within ${settings.timeout} ms; see what its top-level await waits for, or raise the option "timeout"`,
    settings,
  );
}
