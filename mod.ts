/**
 * A daemon for a command: a process in the background that keeps loaded what
 * is slow to load, and remembers what earlier runs did.
 *
 * {@linkcode autod} connects a command to its daemon over a unix socket, and
 * starts the daemon when there is none. The daemon imports your rpcfile, which
 * makes the methods, and keeps its state from one command to the next.
 *
 * With `autod<typeof import("./iface.ts")>(…)`, `daemon.rpc` has the types of
 * your methods. See the module `./server` for what an rpcfile exports.
 *
 * @example A command that counts
 * ```ts no-eval
 * import { autod, runtimeDir } from "@autod/autod";
 *
 * await using daemon = await autod({
 *   rpcfile: import.meta.resolve("./iface.ts"),
 *   sockfile: `${runtimeDir("counter")}/counter.sock`,
 *   methods: ["add", "get", "close"],
 * });
 * console.log(await daemon.rpc.add(2));
 * ```
 *
 * @module
 */

// What runs is the bundle of src/client.ts, which CONTRIBUTING.md tells of.
// @ts-types="./src/client.ts"
export {
  autod,
  AutodError,
  ConnectionClosedError,
  RpcError,
  runtimeDir,
  withSignal,
} from "./dist/client.js";
export type { Daemon } from "./src/command/autod.ts";
export type { Connection } from "./src/command/connection.ts";
export type {
  AutodErrorCode,
  AutodErrorOptions,
  ConnectionClosedErrorOptions,
  RpcErrorOptions,
} from "./src/errors.ts";
export type {
  AnyMethod,
  ChunksOf,
  IfaceOf,
  MethodName,
  RemoteMethod,
  Rpc,
  WithoutSuffix,
} from "./src/iface.ts";
export type { LimitOptions } from "./src/limits.ts";
export type { AutodOptions, Mode, OnMismatch } from "./src/command/options.ts";
export type {
  DaemonPermissions,
  Grant,
  GrantRule,
  GrantScope,
  PermissionsOption,
} from "./src/permissions/permissions.ts";
export type { RpcStream } from "./src/rpc_stream.ts";
