// The errors of running the program that is to be the daemon.
import type { AutodError, AutodErrorCode } from "../errors.ts";
import { make, notPermitted } from "../command/explain.ts";
import type { Settings } from "../command/options.ts";

/** A program that could not be run at all. */
export function explainSpawn(
  cause: Error,
  program: string,
  cwd: string,
  settings: Settings,
): AutodError {
  if (cause instanceof Deno.errors.NotCapable) {
    return notPermitted(settings, cause);
  }
  const isMissing = cause.message.includes("No such cwd");
  if (isMissing || cause.message.includes("cwd is not a directory")) {
    const origin = settings.cwd === undefined
      ? `the directory of the rpcfile "${settings.rpcfile}"`
      : 'the option "cwd"';
    const state = isMissing ? "does not exist" : "is no directory";
    const why = `its working directory "${cwd}" ${state}; correct ${origin}`;
    return cannotStart("no-directory", why, settings, cause);
  }
  return cannotRun(cause, program, settings);
}

/** A program that the system, or a shell, cannot run. */
export function cannotRun(
  cause: Error,
  program: string,
  settings: Settings,
): AutodError {
  const number = /\(os error (\d+)\)/.exec(cause.message)?.[1];
  const remedy = REMEDIES[number ?? ""] ??
    'correct the option "execPath", which is to be a deno';
  const why = `"${program}" cannot be run (${cause.message}); ${remedy}`;
  return cannotStart("spawn-failed", why, settings, cause);
}

/** Why a daemon cannot be started, or inline the rpcfile cannot be served. */
export function cannotStart(
  code: AutodErrorCode,
  why: string,
  settings: Settings,
  cause?: unknown,
  stderr?: string,
): AutodError {
  const cannot = settings.dialer
    ? `Cannot serve "${settings.sockfile}" inline`
    : `Cannot start the daemon for "${settings.sockfile}"`;
  return make(code, `${cannot}: ${why}`, settings, cause, stderr);
}

const TOO_MANY_FILES =
  "the system has no descriptor left for it: close some, or raise the limit (ulimit -n)";
const TOO_MUCH =
  "the system has no room for another process: end some, or try again later";

/** What to do where it is not the program's fault, by the number of the system's error, errno(3). */
const REMEDIES: Readonly<Record<string, string>> = {
  7: 'shorten the options "env" and "permissions", or the environment',
  11: TOO_MUCH,
  12: TOO_MUCH,
  13:
    'correct the option "execPath", which is to be a deno, or "cwd", if that may not be entered',
  23: TOO_MANY_FILES,
  24: TOO_MANY_FILES,
};

/** A compiled command, which is no deno that could run its daemon. */
export function explainStandalone(settings: Settings): AutodError {
  return cannotStart(
    "spawn-failed",
    'this command was made by deno compile, and is no deno itself; name one by the option "execPath"',
    settings,
  );
}
