// Types alone: a command does not load this file.
import type { checkOptions } from "./check_options.ts";
import type { LimitOptions } from "../limits.ts";
import type { Dialer } from "./link.ts";
import type { PermissionsOption } from "../permissions/permissions.ts";

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
   * working directory) or a `file:`, `https:` or `http:` URL, best from
   * `import.meta.resolve("./iface.ts")`.
   */
  readonly rpcfile: string | URL;
  /** The methods of `rpc`; `name:s` is one that returns a stream. */
  readonly methods: M;
  /**
   * The path of the unix socket, best in `runtimeDir(name)`. Its directory has
   * to exist, and nobody else may write to it, unless it is sticky as `/tmp` is. It
   * has no comma, as Deno splits the lists of its flags there, nor have the paths
   * of `logfile` and `pidfile`.
   */
  readonly sockfile: string | URL;
  /**
   * Close the daemon when its refcount has been 0 for a second, or for this
   * many milliseconds, above 0; also when no client ever came, for whom it waits
   * a second at least.
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
   * The third argument of the daemon's `createIface`. What JSON makes of them
   * arrives: see the `rpc` of a {@linkcode Daemon}.
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
   * @default {the directory of `rpcfile`, or `/` if that is no file}
   */
  readonly cwd?: string | URL;
  /**
   * The daemon's environment, in place of its command's. A command that may not
   * run everything may name no variables `LD_…` and `DYLD_…`. Those that a daemon
   * inherits are emptied where its command may not run everything, and, if that may
   * read all of its environment, where the daemon may run some programs and not all.
   * A shell, if the command may run one, adds `PWD`, and Deno its own.
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
   * How long a daemon that closes waits for calls in flight, for what streams do
   * at their end, and for ifaces to be disposed of, in milliseconds, above 0;
   * what has not ended by then is cut off.
   *
   * @default {5000}
   */
  readonly drainTimeout?: number;
  /**
   * A file that holds the daemon's process id as long as it serves; a daemon that
   * is killed leaves it behind, and the next one replaces it.
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
   * @default {the URL of `rpcfile`, with the time of its last change, its size and its inode if this command may read it}
   */
  readonly version?: string;
  /**
   * What to do with a daemon of another version: `"restart"` closes it
   * gracefully and starts a new one, `"keep"` uses it, `"error"` rejects. Where
   * one of another `version`, or another rpcfile, has taken the place of this
   * command's daemon meanwhile, `"restart"` does not replace that: the call that
   * finds it rejects.
   *
   * @default {"restart"}
   */
  readonly onMismatch?: OnMismatch;
  /**
   * Where the rpcfile runs: in a daemon; `"inline"` in this process, over memory
   * instead of a socket and with this command's permissions, for tests and for
   * places that forbid daemons; `"auto"` inline where a daemon cannot be had:
   * where unix sockets are forbidden, this command lacks a permission to start
   * one or what `permissions` grants, `execPath` cannot be run, and on Windows.
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
   * or looks at it. Inline it means nothing.
   *
   * @default {true}
   */
  readonly spawn?: boolean;
  /**
   * How long the whole start-up may take, in milliseconds: connecting, or
   * starting the daemon and connecting. A daemon that reacts to nothing is given
   * up after 5 seconds in any case. Calls have no time limit; see `withSignal`.
   *
   * @default {30000}
   */
  readonly timeout?: number;
  /**
   * Aborts the start-up. A daemon that is ready by then goes on.
   *
   * @default {none}
   */
  readonly signal?: AbortSignal;
  /**
   * Gets the daemon's process if this call starts one, before it is ready, and
   * that of a successor which a later call of a method starts. If it throws, the
   * process is ended, and the start-up fails by what it threw.
   *
   * @default {none}
   */
  readonly onProcess?: (process: Deno.ChildProcess) => void;
}

/** Told that a stage of the start-up has ended, and how long it took if that is known. */
export type Mark = (stage: string, milliseconds?: number) => void;

/** The options of `autod`, checked and complete, and what a connection is opened with besides. */
export interface Settings extends Readonly<ReturnType<typeof checkOptions>> {
  readonly mark?: Mark;
  /** Whether the command has had a daemon, whose place another one may have taken. */
  readonly isSuccession?: boolean;
  /** The way to the daemon, where that is not its socket. */
  readonly dialer?: Dialer;
  /** Gets what the daemon says of a stream over the connection of its session. */
  readonly onStream?: (params: unknown) => void;
}
