/**
 * The connection of a command to its daemon. When the daemon closes or dies, a
 * call that was certainly not executed goes to its successor by itself, and
 * this becomes the connection to that one.
 */
export interface Connection {
  /** The daemon's process id. */
  readonly pid: number;
  /** Names this run of the daemon: its successor has another. */
  readonly instance: string;
  /** When the daemon started. */
  readonly startedAt: Date;
  /** The version that the daemon was started as, if any. */
  readonly version: string | undefined;
  /** Where the rpcfile runs: in a daemon, or in this process. */
  readonly mode: "daemon" | "inline";
  /** Whether this command started the daemon. */
  readonly spawned: boolean;
  /** Why this command started the daemon, as in "there was none"; `undefined` if it did not. */
  readonly reason: string | undefined;
  /**
   * Resolves when the connection to the daemon of now has ended, for whatever
   * reason; that to a successor has another promise.
   */
  readonly closed: Promise<void>;
  /** Aborts when the connection to the daemon of now ends, as {@linkcode Connection.closed} resolves. */
  readonly signal: AbortSignal;
  /** Ends the connection at once. Calls without an answer reject with a {@linkcode ConnectionClosedError}. */
  close(): void;
  /** Keeps the command from ending while the connection is open, or a stream of it that is used, as at first. */
  ref(): void;
  /** Lets the command end although the connection, and streams of it, are open. */
  unref(): void;
}
