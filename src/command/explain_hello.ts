// The errors of autod() where something took the connection: what that said.
import { type AutodError, RpcError } from "../errors.ts";
import { cannotUse, make, notResponding, remedy } from "./explain.ts";
import { nearest } from "../nearest.ts";
import type { Settings } from "./options.ts";
import type { DaemonInfo } from "../protocol.ts";
import { toError } from "../wire/error_data.ts";
import { ErrorCode } from "../wire/message.ts";

/** Why a daemon that took the connection cannot be used. */
export function explainHello(
  cause: unknown,
  settings: Settings,
  { late, isOpening }: { late: boolean; isOpening: boolean },
): Error {
  const { sockfile, timeout } = settings;
  if (late) {
    const state = isOpening
      ? `the factory of its rpcfile has not answered within ${timeout} ms`
      : "it took the connection and does not answer";
    return notResponding(settings, state);
  }
  if (cause instanceof RpcError && cause.code === ErrorCode.internal) {
    const error = remoteError(cause);
    return make(
      "iface-failed",
      `${cannotUse(settings)}: ${
        settings.dialer ? "its factory" : "the factory of its rpcfile"
      } failed: ${error}${remedy(error, settings)}`,
      settings,
      error,
    );
  }
  if (cause instanceof RpcError && cause.code === ErrorCode.badResult) {
    const end = settings.dialer ? "" : "end it and ";
    return make(
      "iface-failed",
      `${
        cannotUse(settings)
      }: its iface has more methods than a message can name (${cause.message}); ${end}raise the option "maxMessageBytes", or let one method do what many did`,
      settings,
      cause,
    );
  }
  if (cause instanceof RpcError && cause.code === ErrorCode.limit) {
    return make(
      "too-many-connections",
      `${
        cannotUse(settings)
      }: it has as many connections as it takes (${cause.message}); end some of its clients, or end it and raise the option "maxConnections"`,
      settings,
      cause,
    );
  }
  const said = cause instanceof RpcError ? cause.message : String(cause);
  return make(
    "protocol",
    `Cannot use what serves "${sockfile}": it does not speak this library's protocol (${said}); choose another path, or end that program`,
    settings,
    cause,
  );
}

/** The daemon has not all the methods that the command lists. */
export function explainMissing(
  missing: readonly string[],
  info: DaemonInfo,
  settings: Settings,
): AutodError {
  const names = missing.map((name) => {
    const near = nearest(name, info.methods);
    return `"${name}"${near === undefined ? "" : ` (it has "${near}")`}`;
  });
  const { rpcfile } = info;
  const end = settings.dialer
    ? ""
    : ` and end the daemon that runs: kill ${info.pid}`;
  const isOther = typeof rpcfile === "string" && rpcfile !== settings.rpcfile;
  const remedy = isOther
    ? `it runs "${rpcfile}", and this command has "${settings.rpcfile}": give each a socket of its own`
    : `correct the option "methods", or add them to "${settings.rpcfile}"${end}`;
  return make(
    "missing-methods",
    `${cannotUse(settings)}: it has no method ${names.join(", ")}; ${remedy}`,
    settings,
  );
}

function remoteError(error: RpcError): Error {
  const { message, remoteName: name, remoteStack: stack, data, cause } = error;
  return toError({ ...data, name, message, stack, cause })!;
}
