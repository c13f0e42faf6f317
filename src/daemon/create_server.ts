import type { CreateIface, Server } from "./create_iface.ts";
import { DaemonServer } from "./server.ts";
import { checkServer } from "./check_server_options.ts";
import type { ServerOptions } from "./server_options.ts";

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
