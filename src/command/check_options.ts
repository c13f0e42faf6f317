import { checkDuration, checkLimits, LIMITS, toLimits } from "../limits.ts";
import { checkTypes, type Expected } from "./check_types.ts";
import { withoutSuffix } from "./listed.ts";
import type { AutodOptions, Mode } from "./options.ts";
import { checkApart, filesOf, filesOfLog } from "../files/daemon_files.ts";
import {
  isPlainFileUrl,
  toFileUrl,
  toGrantedPath,
  toPath,
  toSockfile,
  toUrl,
} from "../files/paths.ts";
import { rulesOf } from "../permissions/rules.ts";
import { isRecord } from "../wire/message.ts";

/** How long a start may take by default, in milliseconds. */
const START_TIMEOUT = 30_000;

/**
 * Checks the options of `autod` before anything is done, and makes them complete.
 *
 * @throws {TypeError} If an option is missing, unknown or of the wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function checkOptions(options: AutodOptions) {
  checkTypes("autod", options, EXPECTED, ["rpcfile", "methods", "sockfile"]);
  checkDuration("timeout", options.timeout);
  checkDuration("drainTimeout", options.drainTimeout);
  checkDuration("autoclose", options.autoclose);
  checkLimits(options);
  const sockfile = toSockfile(options.sockfile);
  const logfile = options.logfile === undefined
    ? `${sockfile}.log`
    : toGrantedPath(options.logfile, "logfile");
  const files = Object.values(filesOf(sockfile));
  const logs = filesOfLog(logfile);
  checkApart(logfile, "logfile", files, logs);
  const pidfile = options.pidfile === undefined
    ? undefined
    : toGrantedPath(options.pidfile, "pidfile");
  if (pidfile !== undefined) {
    checkApart(pidfile, "pidfile", [...files, ...logs]);
  }
  return {
    rpcfile: toRpcUrl(options.rpcfile),
    methods: options.methods,
    sockfile,
    autoclose: options.autoclose ?? false,
    debug: options.debug ?? false,
    args: options.args ?? [],
    execPath: toProgram(options.execPath),
    cwd: options.cwd === undefined ? undefined : toPath(options.cwd, "cwd"),
    env: options.env,
    exit: options.exit ?? true,
    drainTimeout: options.drainTimeout,
    pidfile,
    logfile,
    rules: rulesOf(options.permissions ?? "none", {
      sockfile,
      logfile,
      pidfile,
    }),
    version: options.version,
    onMismatch: options.onMismatch ?? "restart",
    mode: options.mode ?? "daemon",
    spawn: options.spawn ?? true,
    timeout: options.timeout ?? START_TIMEOUT,
    signal: options.signal,
    onProcess: options.onProcess,
    limits: toLimits(options),
  };
}

// A bare name is looked up on the PATH.
function toProgram(execPath: string | undefined): string | undefined {
  return execPath?.includes("/") ? toPath(execPath, "execPath") : execPath;
}

const isNumber = (value: unknown) => typeof value === "number";
/** Whether it is a {@linkcode Mode}. */
export const isMode = (value: unknown): value is Mode =>
  ["daemon", "inline", "auto"].includes(value as string);
const isBoolean = (value: unknown) => typeof value === "boolean";
const isString = (value: unknown) => typeof value === "string" && value !== "";
const isFile = (value: unknown) => isString(value) || value instanceof URL;
const isEnv = (value: unknown) =>
  isRecord(value) &&
  Object.entries(value).every(([name, text]) =>
    name !== "" && !name.includes("=") && !name.includes("\0") &&
    typeof text === "string" && !text.includes("\0")
  );

/** The options of `autod`. */
export const EXPECTED: Expected = {
  rpcfile: ["a path or URL", isFile],
  methods: [
    "an array of names, each once",
    (value) =>
      // of which a copy has no holes, that would be passed over
      Array.isArray(value) && [...value].every(isString) &&
      new Set(value.map(withoutSuffix)).size === value.length,
  ],
  sockfile: ["a path or file: URL", isFile],
  autoclose: [
    "a boolean or milliseconds",
    (value) => isBoolean(value) || isNumber(value),
  ],
  debug: ["a boolean", isBoolean],
  args: ["an array of JSON values", isJsonArray],
  execPath: ["a path", isString],
  cwd: ["a path or file: URL", isFile],
  env: ["an object of names and strings, without NUL", isEnv],
  exit: ["a boolean", isBoolean],
  drainTimeout: ["milliseconds", isNumber],
  pidfile: ["a path or file: URL", isFile],
  logfile: ["a path or file: URL", isFile],
  permissions: [
    '"none", "all" or an object',
    (value) => value === "none" || value === "all" || isRecord(value),
  ],
  version: ["a string", isString],
  onMismatch: [
    '"restart", "keep" or "error"',
    (value) => ["restart", "keep", "error"].includes(value as string),
  ],
  mode: ['"daemon", "inline" or "auto"', isMode],
  spawn: ["a boolean", isBoolean],
  timeout: ["milliseconds", isNumber],
  signal: ["an AbortSignal", (value) => value instanceof AbortSignal],
  onProcess: ["a function", (value) => typeof value === "function"],
  ...Object.fromEntries(LIMITS.map((name) => [name, ["a number", isNumber]])),
};

function isJsonArray(value: unknown): boolean {
  try {
    return Array.isArray(value) && JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

function toRpcUrl(rpcfile: string | URL): string {
  if (isPlainFileUrl(rpcfile)) return rpcfile;
  const isUrl = rpcfile instanceof URL || /^[a-z][a-z0-9+.-]*:/i.test(rpcfile);
  if (!isUrl) return toFileUrl(toPath(rpcfile, "rpcfile"));
  const url = toUrl(String(rpcfile), "rpcfile");
  if (url.protocol === "file:") checkPath(url);
  if (/^(?:file|https?):$/.test(url.protocol)) return url.href;
  throw new TypeError(
    `Cannot use the rpcfile "${rpcfile}": it should be a path or a file: or https: URL`,
  );
}

// What follows its path is the rpcfile's own.
function checkPath(url: URL): void {
  const plain = new URL(url);
  plain.search = plain.hash = "";
  toPath(plain, "rpcfile");
}
