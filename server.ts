/**
 * The daemon's side: the types that an rpcfile is written against, and a
 * server to run by hand.
 *
 * @example An rpcfile, `iface.ts`
 * ```ts
 * import type { CreateIface } from "@autod/autod/server";
 *
 * let n = 0;
 * export default ((server, stream, args) => ({
 *   add: (m: number) => n += m,
 *   get: () => n,
 *   close: () => server.close(),
 * })) satisfies CreateIface;
 * ```
 *
 * @module
 */

import type { CreateIface, Server } from "./src/create_iface.ts";
import { DaemonServer } from "./src/server.ts";
import { checkServerTypes } from "./src/server_option_types.ts";
import type { ServerOptions } from "./src/server_options.ts";

export { type Callback, callback } from "./src/callback.ts";
export type {
  CloseOptions,
  CreateIface,
  Server,
  Session,
} from "./src/create_iface.ts";
export {
  type LimitOptions,
  MAX_BATCH_LENGTH,
  MAX_CONNECTIONS,
  MAX_DEPTH,
  MAX_IN_FLIGHT,
  MAX_MESSAGE_BYTES,
} from "./src/limits.ts";
export type { ServerOptions } from "./src/server_options.ts";

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
  checkServerTypes(options);
  return new DaemonServer(createIface, options);
}
