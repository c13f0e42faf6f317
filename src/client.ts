// What a command uses: mod.ts exports it, from its bundle.
export { autod } from "./command/autod.ts";
export { AutodError, ConnectionClosedError, RpcError } from "./errors.ts";
export { withSignal } from "./command/rpc.ts";
export { runtimeDir } from "./files/runtime_dir.ts";
