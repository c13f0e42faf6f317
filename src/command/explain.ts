// The errors of autod(): what happened, where, and what to do. Loaded when
// there is one, so that a command that works does not pay for it.
import { isShort } from "./absence.ts";
import { AutodError, type AutodErrorCode } from "../errors.ts";
import { toFlagLine, unite } from "../permissions/flags.ts";
import { needsToGrant } from "../permissions/grants.ts";
import { lstatIfThere } from "../files/if_there.ts";
import type { Absence } from "./link.ts";
import {
  findProgram,
  lackingFlags,
  needsToConnect,
  needsToStart,
} from "../permissions/needs.ts";
import type { Settings } from "./options.ts";
import { isGranted } from "../files/access.ts";
import { dirname } from "../files/paths.ts";
import { quote } from "../quote.ts";
import { readClaim } from "../files/lockfile.ts";

/** What to do where a connection was ended before it was served. */
export const SEE_FACTORY =
  "see that its factory neither closes the server nor destroys the stream";

/** There is no daemon, and none is to be started; inline, the one that was made has gone. */
export function explainAbsence(
  { absent }: Absence,
  settings: Settings,
): AutodError {
  if (settings.dialer) {
    return cannotUse(
      "iface-failed",
      `it ended the connection before it served it; ${SEE_FACTORY}`,
      settings,
    );
  }
  const { logfile } = settings;
  const log = isMissing(logfile)
    ? "" // one in the foreground has none
    : `, or see "${logfile}" for how the last one ended`;
  return cannotConnect(
    "not-running",
    `no daemon runs (${absent}), and the option "spawn" is false; start it${log}`,
    settings,
  );
}

/** Whether a file is known not to be there. */
function isMissing(path: string): boolean {
  return isGranted("read", path) && lstatIfThere(path) === undefined;
}

/** Why the socket could not be connected to, for good. */
export function explainConnect(cause: unknown, settings: Settings): Error {
  const directory = dirname(settings.sockfile);
  if (cause instanceof Deno.errors.NotCapable) {
    return notPermitted(settings, cause);
  }
  if (cause instanceof Deno.errors.PermissionDenied || isShort(cause)) {
    const remedy = isShort(cause)
      ? "close some, or raise the limit: see ulimit -a"
      : `the socket and "${directory}" should belong to you`;
    const why = `the system denies it (${cause.message}); ${remedy}`;
    return cannotConnect("not-permitted", why, settings, cause);
  }
  if (cause instanceof Deno.errors.WouldBlock) {
    return notResponding(
      settings,
      "so many wait for it that no more are let in",
      cause,
    );
  }
  if (cause instanceof Deno.errors.NotADirectory) {
    const why = `"${directory}" is no directory; choose another path`;
    return cannotConnect("no-directory", why, settings, cause);
  }
  return cause as Error;
}

/** What a command that lacks a permission should be run with. */
export function notPermitted(
  settings: Settings,
  cause?: Error,
  absent = "no daemon runs",
): AutodError {
  const { sockfile, spawn, execPath, rules } = settings;
  // So that all flags are told of at once, with those that are held already.
  const needs = spawn
    ? unite(
      needsToStart(sockfile, findProgram(execPath)),
      needsToGrant(rules),
    )
    : needsToConnect(sockfile);
  const toConnect = lackingFlags(needsToConnect(sockfile));
  const toStart = lackingFlags(needs);
  const runWith = `run it with ${toFlagLine(needs)}`;
  const why = toConnect !== ""
    ? `this command lacks ${toConnect}; ${runWith}`
    : toStart !== ""
    ? `${absent}, and to start one this command lacks ${toStart}; ${runWith}`
    // As below /dev and /proc, to which no list of paths lets anybody.
    : `Deno denies it (${cause?.message}); choose another path, or run it with --allow-all`;
  return cannotConnect("not-permitted", why, settings, cause);
}

/** A daemon that holds the socket and says nothing. */
export function notResponding(
  settings: Settings,
  state: string,
  cause?: Error,
): AutodError {
  const { sockfile } = settings;
  if (settings.dialer) {
    return cannotUse(
      "not-responding",
      `its factory did not answer within ${settings.timeout} ms; see what it waits for, or raise the option "timeout"`,
      settings,
    );
  }
  const { pid } = readClaim(sockfile);
  const remedy = pid === undefined
    ? `find it with: fuser ${quote(sockfile)}`
    : `if it is not just busy, end it with: kill -9 ${pid}`;
  const why = `${state}; ${remedy}`;
  return cannotUse("not-responding", why, settings, cause);
}

function cannotConnect(
  code: AutodErrorCode,
  why: string,
  settings: Settings,
  cause?: unknown,
): AutodError {
  const cannot = `Cannot connect to "${settings.sockfile}"`;
  return make(code, `${cannot}: ${why}`, settings, cause);
}

/** Why what was reached cannot be used: a daemon, or inline the rpcfile itself. */
export function cannotUse(
  code: AutodErrorCode,
  why: string,
  settings: Settings,
  cause?: unknown,
): AutodError {
  const { dialer, rpcfile, sockfile } = settings;
  const cannot = dialer
    ? `Cannot use the rpcfile "${rpcfile}" inline`
    : `Cannot use the daemon at "${sockfile}"`;
  return make(code, `${cannot}: ${why}`, settings, cause);
}

/** An error of the kind `code`; it names the log where a daemon's output may be. */
export function make(
  code: AutodErrorCode,
  message: string,
  { dialer, sockfile, logfile: file }: Settings,
  cause?: unknown,
  stderr?: string,
): AutodError {
  const logfile = dialer ? undefined : file;
  return new AutodError(code, message, { sockfile, logfile, stderr, cause });
}

/** What to do about an error of the rpcfile, where that is known. */
export function remedy(
  { name, message = "" }: { name: string; message?: string },
  { dialer }: Settings,
): string {
  // The latter for what it is to import.
  const isDenied = name === "NotCapable" ||
    name === "TypeError" && /^Requires \w+ access to /.test(message);
  const host = /Requires import access to "(.*?)"/.exec(message)?.[1];
  if (!isDenied && host === undefined) return "";
  if (dialer) {
    return "; grant it to the command, whose permissions it has inline";
  }
  if (host !== undefined) {
    return `; run the command with --allow-import=${host} as well, and grant that with the option "permissions"`;
  }
  return message.includes("--allow-all")
    ? '; choose another path, or grant "all" with the option "permissions"'
    : '; grant it with the option "permissions"';
}
