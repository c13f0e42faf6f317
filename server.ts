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

// What runs is the bundle of src/serving.ts, which CONTRIBUTING.md tells of.
// @ts-types="./src/serving.ts"
export {
  callback,
  createServer,
  MAX_BATCH_LENGTH,
  MAX_CONNECTIONS,
  MAX_DEPTH,
  MAX_IN_FLIGHT,
  MAX_MESSAGE_BYTES,
} from "./dist/serving.js";
export type { Callback } from "./src/daemon/callback.ts";
export type {
  CloseOptions,
  CreateIface,
  Server,
  Session,
} from "./src/daemon/create_iface.ts";
export type { LimitOptions } from "./src/limits.ts";
export type { ServerOptions } from "./src/daemon/create_server.ts";
