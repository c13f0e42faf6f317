/**
 * Why `autod()` could not reach or start a daemon.
 *
 * | code | meaning |
 * |---|---|
 * | `not-running` | there is no daemon, and the option `spawn` is `false` |
 * | `not-permitted` | this process lacks a permission that it needs, and the message holds the flags; or the system denies it |
 * | `no-directory` | the directory of the socket, or `cwd`, does not exist, or is none |
 * | `not-a-socket` | something else is in the socket's place; it was not touched |
 * | `unsafe-place` | others have, or could put, a file of theirs in the place of the socket, its lock or its log |
 * | `spawn-failed` | `execPath` could not be run |
 * | `start-failed` | the daemon's process ran and said why it failed, or died |
 * | `iface-failed` | the daemon has no iface, as the factory of its rpcfile failed, or made more methods than a message can name; if it never had one, it ends |
 * | `not-responding` | a daemon holds the socket or the lock and does not answer |
 * | `too-many-connections` | the daemon has as many as its `maxConnections`; another try may work |
 * | `missing-methods` | the daemon lacks methods that this command lists |
 * | `version-mismatch` | the daemon is of another version, and `onMismatch` is `"error"`, or it has replaced that of this command |
 * | `protocol` | what answers at the socket does not speak this protocol |
 * | `timeout` | the whole start-up took longer than `timeout` |
 */
export type AutodErrorCode =
  | "not-running"
  | "not-permitted"
  | "no-directory"
  | "not-a-socket"
  | "unsafe-place"
  | "spawn-failed"
  | "start-failed"
  | "iface-failed"
  | "not-responding"
  | "too-many-connections"
  | "missing-methods"
  | "version-mismatch"
  | "protocol"
  | "timeout";

/** What an {@linkcode AutodError} knows besides its message. */
export interface AutodErrorOptions extends ErrorOptions {
  /** The path of the socket. */
  readonly sockfile: string;
  /** The file that the daemon's output goes to. */
  readonly logfile?: string;
  /** The end of what the daemon's process printed before it was ready, on stdout and stderr. */
  readonly stderr?: string;
}

/**
 * No daemon could be reached or started. `cause` is the daemon's own error
 * where it had one, with its name, message and stack.
 */
export class AutodError extends Error {
  /** The name of the class. */
  override readonly name = "AutodError";
  /** The kind of failure, for programs. */
  readonly code: AutodErrorCode;
  /** The path of the socket. */
  readonly sockfile: string;
  /** The file that the daemon's output goes to, where there is one. */
  readonly logfile?: string;
  /** The end of what the daemon's process printed before it was ready, on stdout and stderr. */
  readonly stderr?: string;

  /** Made by this library; public for `instanceof` and tests. */
  constructor(
    code: AutodErrorCode,
    message: string,
    options: AutodErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.sockfile = options.sockfile;
    this.logfile = options.logfile;
    this.stderr = options.stderr;
  }
}

/** What an {@linkcode RpcError} knows besides its message. */
export interface RpcErrorOptions extends ErrorOptions {
  /** See {@linkcode RpcError.remoteName}. */
  readonly remoteName?: string;
  /** See {@linkcode RpcError.remoteStack}. */
  readonly remoteStack?: string;
  /** See {@linkcode RpcError.errors}. */
  readonly errors?: readonly Error[];
  /** See {@linkcode RpcError.data}. */
  readonly data?: Record<string, unknown>;
}

/**
 * The daemon answered a call with an error: the method threw (`code` is
 * -32000), or what another code says, of which PROTOCOL.md has all: of -32600,
 * -32603, -32003 and -32800, the method may have run.
 */
export class RpcError extends Error {
  /** The name of the class. */
  override readonly name = "RpcError";
  /** The JSON-RPC error code, https://www.jsonrpc.org/specification#error_object. */
  readonly code: number;
  /** The name of the error in the daemon, such as `"TypeError"` or one of its author's own. */
  readonly remoteName?: string;
  /** The stack of the error in the daemon. */
  readonly remoteStack?: string;
  /** The errors of an `AggregateError` in the daemon; of a `SuppressedError`, what the disposal threw, and what was thrown before. */
  readonly errors?: readonly Error[];
  /** The error's own properties that can be written as JSON, such as a `code` of `"ENOENT"`. */
  readonly data: Record<string, unknown>;

  /** Made by this library; public for `instanceof` and tests. */
  constructor(code: number, message: string, options: RpcErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.remoteName = options.remoteName;
    this.remoteStack = options.remoteStack;
    if (options.errors) this.errors = options.errors;
    this.data = options.data ?? {};
    if (options.remoteStack) {
      // This library's own frames tell nothing, and Deno would print them in
      // place of the others where nobody catches the error.
      Error.captureStackTrace(this, nowhere);
      this.stack += `\n  in the daemon:\n    ${
        options.remoteStack.replaceAll("\n", "\n    ")
      }`;
    }
  }
}

/** A function that no stack has: a trace that ends before it is empty. */
function nowhere(): void {}

/** What a {@linkcode ConnectionClosedError} knows besides its message. */
export interface ConnectionClosedErrorOptions extends ErrorOptions {
  /** The log of the daemon, which may say why. */
  readonly logfile?: string;
}

/** The connection ended before a call was answered, or a stream had ended. */
export class ConnectionClosedError extends Error {
  /** The name of the class. */
  override readonly name = "ConnectionClosedError";
  /** The method that was called. */
  readonly method: string;
  /**
   * Whether the daemon may have run the method. `false` means that it
   * certainly did not, and that the call can be made again.
   */
  readonly maybeExecuted: boolean;
  /** The log of the daemon, if it was not this command that ended the connection. */
  readonly logfile?: string;

  /** Made by this library; public for `instanceof` and tests. */
  constructor(
    method: string,
    maybeExecuted: boolean,
    options: ConnectionClosedErrorOptions = {},
  ) {
    const { logfile } = options;
    super(
      `Cannot finish the call of "${method}": the connection to the daemon ended, and ${
        maybeExecuted
          ? "the call may have been executed"
          : "it was not executed"
      }${logfile === undefined ? "" : `; its log "${logfile}" may say why`}`,
      options,
    );
    this.method = method;
    this.maybeExecuted = maybeExecuted;
    this.logfile = logfile;
  }
}
