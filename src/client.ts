// What a command uses: mod.ts exports it, from its bundle.
export { autod, type Daemon } from "./autod.ts";
export type { Connection } from "./connection.ts";
export {
  AutodError,
  type AutodErrorCode,
  type AutodErrorOptions,
  ConnectionClosedError,
  type ConnectionClosedErrorOptions,
  RpcError,
  type RpcErrorOptions,
} from "./errors.ts";
export type {
  AnyMethod,
  ChunksOf,
  IfaceOf,
  MethodName,
  RemoteMethod,
  Rpc,
  WithoutSuffix,
} from "./iface.ts";
export type { LimitOptions } from "./limits.ts";
export type { AutodOptions, Mode, OnMismatch } from "./options.ts";
export type {
  DaemonPermissions,
  Grant,
  GrantRule,
  GrantScope,
  PermissionsOption,
} from "./permissions.ts";
export { withSignal } from "./rpc.ts";
export type { RpcStream } from "./rpc_stream.ts";
export { runtimeDir } from "./runtime_dir.ts";
