// What a command uses: mod.ts exports it, from its bundle.
export { autod } from "./autod.ts";
export { AutodError, ConnectionClosedError, RpcError } from "./errors.ts";
export { withSignal } from "./rpc.ts";
export { runtimeDir } from "./runtime_dir.ts";
