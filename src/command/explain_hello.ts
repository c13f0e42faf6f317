// The errors of autod() where something took the connection: what that said.
import { type AutodError, RpcError } from "../errors.ts";
import { cannotUse, make, notResponding, remedy } from "./explain.ts";
import { nearest } from "../nearest.ts";
import type { Settings } from "./options.ts";
import { quote } from "../quote.ts";
import { type DaemonInfo, PROTOCOL } from "../protocol.ts";
import { toError } from "../wire/error_data.ts";
import { ErrorCode } from "../wire/message.ts";

/** Why a daemon that took the connection cannot be used. */
export function explainHello(
  cause: unknown,
  settings: Settings,
  { late, isOpening, isShort }: {
    late: boolean;
    isOpening: boolean;
    /** Whether the option `timeout` left it less time than a daemon has. */
    isShort: boolean;
  },
): Error {
  const { sockfile, timeout } = settings;
  if (late) {
    const state = isOpening
      ? `the factory of its rpcfile has not answered within ${timeout} ms`
      : `it took the connection and does not answer${
        isShort ? ` within the ${timeout} ms of the option "timeout"` : ""
      }`;
    return notResponding(settings, state);
  }
  const { code, message, data } = cause instanceof RpcError
    ? cause
    : { code: undefined, message: String(cause), data: undefined };
  if (code === ErrorCode.internal) {
    const error = remoteError(cause as RpcError);
    const its = settings.dialer ? "its factory" : "the factory of its rpcfile";
    const why = `${its} failed: ${error}${remedy(error, settings)}`;
    return cannotUse("iface-failed", why, settings, error);
  }
  if (code === ErrorCode.badResult) {
    const end = settings.dialer ? "" : "end it and ";
    return cannotUse(
      "iface-failed",
      `its iface has more methods than a message can name (${message}); ${end}raise the option "maxMessageBytes", or let one method do what many did`,
      settings,
      cause,
    );
  }
  if (code === ErrorCode.limit) {
    return cannotUse(
      "too-many-connections",
      `it has as many connections as it takes (${message}); end some of its clients, or end it and raise the option "maxConnections"`,
      settings,
      cause,
    );
  }
  const its = data?.protocol;
  if (code === ErrorCode.invalidParams && typeof its === "number") {
    return cannotUse(
      "protocol",
      `it speaks version ${its} of the protocol, and this command version ${PROTOCOL}, as they have different versions of this library; end it with: autod stop ${
        quote(sockfile)
      }`,
      settings,
      cause,
    );
  }
  return make(
    "protocol",
    `Cannot use what serves "${sockfile}": it does not speak this library's protocol (${message}); choose another path, or end that program`,
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
  const why = `it has no method ${names.join(", ")}; ${remedy}`;
  return cannotUse("missing-methods", why, settings);
}

function remoteError(error: RpcError): Error {
  const { message, remoteName: name, remoteStack: stack, data, cause } = error;
  return toError({ ...data, name, message, stack, cause })!;
}
