/** The daemon's server, as an rpcfile sees it. */
export interface Server extends AsyncDisposable {
  /** Resolves when the server listens (and `pidfile` is written); rejects if it cannot. */
  readonly ready: Promise<void>;
  /**
   * Resolves when the server has ended, with its sessions and their ifaces. Where
   * the process ends then, as that of a daemon does, what waits for this has no
   * time to wait for anything else.
   */
  readonly closed: Promise<void>;
  /** How many connections and holds keep the daemon in use. */
  readonly refcount: number;
  /**
   * Takes the socket at `sockfile`, whose daemon this process becomes, and
   * listens on it.
   *
   * @param sockfile The path of the unix socket, whose directory exists.
   * @returns A promise that resolves as {@linkcode Server.ready} does.
   * @throws {Deno.errors.AddrInUse} If another daemon serves the socket.
   * @throws {TypeError} If the path cannot be that of a socket, the server listens already, or it was closed.
   * @throws {AutodError} If something else is in its place, its directory does
   * not exist, a permission is missing, or a process holds the socket and does
   * not serve it for 10 seconds.
   */
  listen(sockfile: string | URL): Promise<void>;
  /**
   * Ends the server gracefully: it stops listening, answers the calls that have
   * come, turns later ones away (which go to the next daemon), ends the streams
   * and the sessions, and disposes of their ifaces. Returns at once.
   * {@linkcode Server.closed} tells the end; a method must not wait for it, as
   * the server waits for the method.
   *
   * @param options How to close. Of a server that is closing already, a shorter
   * time than that which is left holds.
   * @throws {TypeError} If an option is unknown or of the wrong type.
   * @throws {RangeError} If the duration is out of range.
   */
  close(options?: CloseOptions): void;
  /**
   * Keeps the daemon from closing by `autoclose` until the result is disposed
   * of: `using _hold = server.ref()`.
   *
   * @returns What lets go of the daemon when it is disposed of.
   */
  ref(): Disposable;
}

/** Options for {@linkcode Server.close}. */
export interface CloseOptions {
  /**
   * How long to wait for calls in flight, for what streams do at their end, and
   * for ifaces to be disposed of, in milliseconds; what has not ended by then is
   * cut off. 0 is at once.
   *
   * @default {the server's own `drainTimeout`, which is 5000}
   */
  readonly drainTimeout?: number;
}

/** One client's session with the daemon: the `stream` of `createIface`. */
export interface Session {
  /** Names the session among those of its daemon. */
  readonly id: string;
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
  /**
   * The signal of the call that is being started, which aborts when the client
   * cancels that call or goes away. Read it before the first `await` or `yield`
   * of a method: later, or outside of a call, it is {@linkcode Session.signal}.
   */
  readonly callSignal: AbortSignal;
  /** Resolves when the session has ended and its iface is disposed of. */
  readonly closed: Promise<void>;
  /**
   * Ends the session when its calls in flight have been answered, however long
   * that takes. Its streams end then, and what they do at their end may take as
   * long as the server's `drainTimeout`.
   */
  close(): void;
  /**
   * Ends the session at once; its calls in flight are aborted.
   *
   * @param reason The reason of the signals that abort.
   */
  destroy(reason?: unknown): void;
  /** Keeps the daemon from closing by `autoclose`; the same as {@linkcode Server.ref}. */
  ref(): Disposable;
}

/**
 * What an rpcfile exports as its default: called once for each client, it
 * returns the methods that this client may call. `args` are the option `args`
 * of whoever started the daemon.
 *
 * An object that has `Symbol.asyncDispose` or `Symbol.dispose` is disposed of
 * when the session ends. One that is an `EventTarget` or a node `EventEmitter`
 * moves the refcount by its events `ref` and `unref`.
 *
 * @typeParam I The iface, whose type `autod<typeof import("./iface.ts")>` takes over.
 */
export type CreateIface<I extends object = object> = (
  server: Server,
  stream: Session,
  args: readonly unknown[],
) => I | Promise<I>;
