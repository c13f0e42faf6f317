import {
  checkDuration,
  checkLimits,
  type LimitOptions,
  LIMITS,
  type Limits,
  toLimits,
} from "./limits.ts";
import type { Dialer } from "./link.ts";
import {
  checkApart,
  filesOf,
  filesOfLog,
  isPlainFileUrl,
  toFileUrl,
  toGrantedPath,
  toPath,
  toSockfile,
  toUrl,
} from "./paths.ts";
import type { Rules } from "./permission_rules.ts";
import type { PermissionsOption } from "./permissions.ts";

/** How long a start may take by default, in milliseconds. */
export const START_TIMEOUT = 30_000;

/** Where the rpcfile runs. */
export type Mode = "daemon" | "inline" | "auto";

/** What to do with a daemon of another version. */
export type OnMismatch = "restart" | "keep" | "error";

/**
 * Options for {@linkcode autod}.
 *
 * @typeParam M The names in `methods`.
 */
export interface AutodOptions<M extends readonly string[] = readonly string[]>
  extends LimitOptions {
  /**
   * The file whose default export makes the iface: a path (relative to the
   * working directory) or a `file:` or `https:` URL, best from
   * `import.meta.resolve("./iface.ts")`.
   */
  readonly rpcfile: string | URL;
  /** The methods of `rpc`; `name:s` is one that returns a stream. */
  readonly methods: M;
  /**
   * The path of the unix socket, best in `runtimeDir(name)`. Its directory has
   * to exist, and nobody else may write to it, unless it is sticky as `/tmp` is.
   */
  readonly sockfile: string | URL;
  /**
   * Close the daemon when its refcount has been 0 for a second, or for this
   * many milliseconds; also when no client ever came.
   *
   * @default {false}
   */
  readonly autoclose?: boolean | number;
  /**
   * Show what the daemon prints on this command's stderr, as long as the
   * command lives.
   *
   * @default {false}
   */
  readonly debug?: boolean;
  /**
   * The third argument of the daemon's `createIface`. They must survive JSON.
   *
   * @default {[]}
   */
  readonly args?: readonly unknown[];
  /**
   * The program that runs the daemon, which takes the arguments of `deno`: a
   * path, or a name that is looked up on the `PATH`.
   *
   * @default {Deno.execPath()}
   */
  readonly execPath?: string;
  /**
   * The daemon's working directory, where Deno looks for its `deno.json` or
   * `package.json`.
   *
   * @default {the directory of `rpcfile`}
   */
  readonly cwd?: string | URL;
  /**
   * The daemon's whole environment.
   *
   * @default {the environment of the command that starts it}
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * End the daemon's process when its server has closed, whatever still runs
   * in it. Otherwise it ends when nothing is left to do.
   *
   * @default {true}
   */
  readonly exit?: boolean;
  /**
   * How long a daemon that closes waits for calls in flight and for ifaces to
   * be disposed of, in milliseconds; what has not ended by then is cut off.
   *
   * @default {5000}
   */
  readonly drainTimeout?: number;
  /**
   * A file that holds the daemon's process id as long as it serves.
   *
   * @default {none}
   */
  readonly pidfile?: string | URL;
  /**
   * Where the daemon's output goes.
   *
   * @default {`<sockfile>.log`}
   */
  readonly logfile?: string | URL;
  /**
   * What the daemon may do beyond its own socket, lock and log: nothing, all,
   * or what an object says, with a key for each permission flag of Deno. A
   * command that starts a daemon has to hold what it grants.
   *
   * @default {"none"}
   */
  readonly permissions?: PermissionsOption;
  /**
   * What the daemon's code and settings are known by. A daemon that was started
   * as another version is not used; see `onMismatch`.
   *
   * @default {the URL of `rpcfile`, with the time of its last change if this command may read it}
   */
  readonly version?: string;
  /**
   * What to do with a daemon of another version: `"restart"` closes it
   * gracefully and starts a new one, `"keep"` uses it, `"error"` rejects.
   *
   * @default {"restart"}
   */
  readonly onMismatch?: OnMismatch;
  /**
   * Where the rpcfile runs: in a daemon; `"inline"` in this process, over memory
   * instead of a socket and with this command's permissions, for tests and for
   * places that forbid daemons; `"auto"` inline where a daemon cannot be had.
   * The environment variable `AUTOD_MODE` overrides it, if this command may
   * read that.
   *
   * @default {"daemon"}
   */
  readonly mode?: Mode;
  /**
   * Start the daemon if there is none. With `false`, `autod()` rejects with the
   * code `"not-running"` instead, and uses a daemon of another version as it is
   * unless `onMismatch` is `"error"`: for a command that only stops the daemon,
   * or looks at it.
   *
   * @default {true}
   */
  readonly spawn?: boolean;
  /**
   * How long the whole start-up may take, in milliseconds: connecting, or
   * starting the daemon and connecting. Calls have no time limit; see
   * `withSignal`.
   *
   * @default {30000}
   */
  readonly timeout?: number;
  /**
   * Aborts the start-up. A daemon that is ready by then goes on.
   */
  readonly signal?: AbortSignal;
  /** Gets the daemon's process if this call starts one, before it is ready. */
  readonly onProcess?: (process: Deno.ChildProcess) => void;
}

/** Told that a stage of the start-up has ended, and how long it took if that is known. */
export type Mark = (stage: string, milliseconds?: number) => void;

/** The options of `autod`, checked and complete. */
export interface Settings {
  readonly mark?: Mark;
  readonly rpcfile: string;
  readonly methods: readonly string[];
  readonly sockfile: string;
  readonly autoclose: boolean | number;
  readonly debug: boolean;
  readonly args: readonly unknown[];
  readonly execPath: string | undefined;
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly exit: boolean;
  readonly drainTimeout: number | undefined;
  readonly pidfile: string | undefined;
  readonly logfile: string;
  readonly permissions: PermissionsOption;
  /** What `permissions` stands for: checked, and kept, when it is first asked for. */
  readonly rules: () => Promise<Rules>;
  readonly version: string | undefined;
  readonly onMismatch: OnMismatch;
  readonly mode: Mode;
  /** The way to the daemon, where that is not its socket. */
  readonly dialer?: Dialer;
  readonly spawn: boolean;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly onProcess: ((process: Deno.ChildProcess) => void) | undefined;
  readonly limits: Limits;
}

/**
 * Checks the options of `autod` before anything is done, but for what
 * `permissions` holds: its rules check that.
 *
 * @throws {TypeError} If an option is missing, unknown or of the wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function checkOptions(options: AutodOptions): Settings {
  checkTypes("autod", options, EXPECTED, ["rpcfile", "methods", "sockfile"]);
  checkDuration("timeout", options.timeout);
  checkDuration("drainTimeout", options.drainTimeout);
  checkDuration("autoclose", options.autoclose);
  checkLimits(options);
  const sockfile = toSockfile(options.sockfile);
  const logfile = options.logfile === undefined
    ? `${sockfile}.log`
    : toFreePath(options.logfile, "logfile", filesOf(sockfile), filesOfLog);
  const pidfile = options.pidfile === undefined
    ? undefined
    : toFreePath(options.pidfile, "pidfile", [
      ...filesOf(sockfile),
      ...filesOfLog(logfile),
    ]);
  const permissions = options.permissions ?? "none";
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
    permissions,
    rules: once(async () => {
      const { rulesOf } = await import("./permission_rules.ts");
      return rulesOf(permissions, { sockfile, logfile, pidfile });
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

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

function toFreePath(
  file: string | URL,
  option: string,
  taken: readonly string[],
  toFiles?: (path: string) => string[],
): string {
  const path = toGrantedPath(file, option);
  checkApart(path, option, taken, toFiles?.(path));
  return path;
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
const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isEnv = (value: unknown) =>
  isObject(value) &&
  Object.entries(value).flat().every((item) =>
    typeof item === "string" && !item.includes("\0")
  );

/** What each option should be, in words and as a test. */
export type Expected = Readonly<
  Record<string, readonly [words: string, test: (value: unknown) => boolean]>
>;

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
  env: ["an object of strings without NUL", isEnv],
  exit: ["a boolean", isBoolean],
  drainTimeout: ["milliseconds", isNumber],
  pidfile: ["a path or file: URL", isFile],
  logfile: ["a path or file: URL", isFile],
  permissions: [
    '"none", "all" or an object',
    (value) => value === "none" || value === "all" || isObject(value),
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

/**
 * Checks the options of a function: their names, and what each of them is.
 *
 * @throws {TypeError} If one is missing, unknown or of the wrong type.
 */
export function checkTypes(
  taker: string,
  options: object,
  expected: Expected,
  required: readonly string[],
): void {
  if (!isObject(options)) {
    throw new TypeError(`Cannot start: ${taker}() takes an object of options`);
  }
  const given = options as Record<string, unknown>;
  // Also those that it inherits: they are used as well.
  for (const name in given) {
    const value = given[name];
    if (!Object.hasOwn(expected, name)) {
      throw new TypeError(
        `Cannot take the option "${name}": there is none of that name, only ${
          Object.keys(expected).join(", ")
        }`,
      );
    }
    if (value === undefined) continue;
    const [words, test] = expected[name];
    if (!test(value)) throw wrongType(name, words, value);
  }
  for (const name of required) {
    if (given[name] === undefined) {
      throw wrongType(name, expected[name][0], undefined);
    }
  }
}

/** The name that a method is called by: a stream method is listed with `:s`. */
export function withoutSuffix(name: string): string {
  return name.endsWith(":s") ? name.slice(0, -2) : name;
}

function isJsonArray(value: unknown): boolean {
  try {
    return Array.isArray(value) && JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

function wrongType(name: string, words: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot take the option "${name}": it should be ${words}, and is ${
      describe(value)
    }`,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === "") return "empty";
  const text = Deno.inspect(value, { depth: 1 });
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
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
