import type { DaemonInfo } from "../protocol.ts";
import { isRecord } from "../wire/message.ts";

/**
 * What a daemon says of itself in answer to the first request.
 *
 * @throws {SyntaxError} If no daemon would say that.
 */
export function checkInfo(info: unknown): DaemonInfo {
  if (isInfo(info)) return info;
  throw new SyntaxError("it answered the first request as no daemon does");
}

// What is not looked at here fails later, where nobody expects it.
function isInfo(info: unknown): info is DaemonInfo {
  if (!isRecord(info)) return false;
  const { pid, instance, session, methods } = info;
  return Number.isSafeInteger(pid) && pid as number > 0 &&
    isText(instance) && isText(session) && isDated(info) &&
    Array.isArray(methods) && methods.every(isText);
}

/** What tells whether a daemon is of the wanted version. */
export type Dated = Pick<DaemonInfo, "version" | "startedAt">;

/** What a daemon says of itself whose iface has yet to be made. */
export type Opening = Dated & Pick<DaemonInfo, "methods">;

/** Whether it tells the version of a daemon. */
export function isDated(
  info: Record<string, unknown>,
): info is Record<string, unknown> & Dated {
  const { startedAt, version } = info;
  return isText(startedAt) && !Number.isNaN(Date.parse(startedAt)) &&
    (version === undefined || isText(version));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
