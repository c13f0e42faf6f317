import type { CreateIface, Server } from "./create_iface.ts";
import { DaemonServer } from "./server.ts";
import { checkServer } from "./check_server_options.ts";
import type { LimitOptions } from "../limits.ts";

/** Options for {@linkcode createServer}. */
export interface ServerOptions extends LimitOptions {
  /**
   * The third argument of `createIface`.
   *
   * @default {[]}
   */
  readonly args?: readonly unknown[];
  /**
   * Close the server when its refcount has been 0 for a second, or for this
   * many milliseconds, above 0; also when no client ever came.
   *
   * @default {false}
   */
  readonly autoclose?: boolean | number;
  /**
   * End the process with `Deno.exit()` when the server has closed, whatever
   * still runs in it.
   *
   * @default {false}
   */
  readonly exit?: boolean;
  /**
   * A file that holds the process's id as long as the server listens.
   *
   * @default {none}
   */
  readonly pidfile?: string | URL;
  /**
   * How long a graceful end waits for calls in flight, for what streams do at
   * their end, and for ifaces to be disposed of, in milliseconds, above 0; what
   * has not ended by then is cut off.
   *
   * @default {5000}
   */
  readonly drainTimeout?: number;
  /**
   * What the server tells clients of its version.
   *
   * @default {none, which is never another version}
   */
  readonly version?: string;
  /**
   * Gets the errors that no client hears of, such as what a notification
   * threw; `what` says where.
   *
   * @default {both are printed by console.error()}
   */
  readonly onError?: (error: unknown, what: string) => void;
}

/**
 * Makes a server that does not listen yet; see `listen` of the module
 * `./listen` for one that does.
 *
 * @example Serve in the foreground
 * ```ts no-eval
 * import { createServer } from "@autod/autod/server";
 *
 * await using server = createServer(() => ({ pid: () => Deno.pid }));
 * await server.listen("/run/user/1000/pid.sock");
 * await server.closed;
 * ```
 *
 * @param createIface Makes the iface of each client; what an rpcfile exports as its default.
 * @param options How to serve.
 * @returns The server.
 * @throws {TypeError} If `createIface` is no function, or an option is unknown or wrong.
 * @throws {RangeError} If a number among the options is out of range.
 */
export function createServer(
  createIface: CreateIface,
  options: ServerOptions = {},
): Server {
  checkServer("createServer", createIface, options);
  return new DaemonServer(createIface, options);
}
