/**
 * A daemon in the foreground, for a supervisor or a terminal.
 *
 * @example Serve until SIGTERM or Ctrl-C
 * ```ts no-eval
 * import { listen } from "@autod/autod/listen";
 *
 * let n = 0;
 * const createIface = () => ({ add: (m: number) => n += m });
 *
 * const server = listen(createIface, {
 *   sockfile: "/run/user/1000/counter.sock",
 *   pidfile: "/run/user/1000/counter.pid",
 * });
 * await server.ready;
 * console.log("ready");
 * await server.closed;
 * ```
 *
 * @module
 */

// What runs is the bundle of src/serving.ts, which CONTRIBUTING.md tells of.
// @ts-types="./src/serving.ts"
export { listen } from "./dist/serving.js";
export type {
  CloseOptions,
  CreateIface,
  Server,
  Session,
} from "./src/daemon/create_iface.ts";
export type { LimitOptions } from "./src/limits.ts";
export type { ListenOptions } from "./src/daemon/listen.ts";
export type { ServerOptions } from "./src/daemon/create_server.ts";
