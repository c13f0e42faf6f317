/** The version of PROTOCOL.md that this library speaks. */
export const PROTOCOL = 1;

/** What a daemon says of itself in answer to `$/hello`. */
export interface DaemonInfo {
  /** The daemon's process id. */
  readonly pid: number;
  /** Names this run of the daemon: its successor has another. */
  readonly instance: string;
  /** When it started, as ISO 8601. */
  readonly startedAt: string;
  /** The version that it was started as, if any. */
  readonly version?: string;
  /** The file that it runs, which is the command's own unless they differ by mistake. */
  readonly rpcfile?: unknown;
  /** Where its log is, if it has one. */
  readonly logfile?: unknown;
  /** Names this connection's session. */
  readonly session: string;
  /** What it takes of its clients, each a number; a daemon may not say so. */
  readonly limits?: Record<string, unknown>;
  /** The methods of its iface. */
  readonly methods: readonly string[];
}
