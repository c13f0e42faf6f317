import { cannotUse } from "./explain.ts";
import type { Absence } from "./link.ts";
import type { Settings } from "./options.ts";
import { within } from "../time.ts";
import { isOfSameFile } from "./version.ts";
import type { WireClient } from "../wire/client.ts";

/** How long a daemon may take to be told to close, in milliseconds. */
const SHUTDOWN_TIMEOUT = 1000;

/** A daemon of another version than the wanted one. */
export interface Mismatch {
  readonly client: WireClient;
  readonly its: string | undefined;
  readonly wanted: string;
  /** Whether it may be asked to close. */
  readonly replace: boolean;
}

/**
 * Does what the option `onMismatch` says of a daemon of another version:
 * resolves to its absence when it is to be replaced, or to `undefined` if it is
 * to be used as it is.
 *
 * @throws {AutodError} If the option says so.
 */
export async function settleMismatch(
  { client, its, wanted, replace }: Mismatch,
  settings: Settings,
): Promise<Absence | undefined> {
  const { onMismatch, spawn, isSuccession } = settings;
  // What cannot be replaced is all that there is.
  if (onMismatch === "keep" || onMismatch === "restart" && !spawn) {
    return undefined;
  }
  const versions =
    `its version was "${its}", and that of this command is "${wanted}"`;
  // Two commands, each of a version of its own, would replace each other's daemon
  // with every call. What the same file was before is older.
  const isNewer = isSuccession && !isOfSameFile(its ?? "", wanted);
  if (onMismatch === "error" || isNewer) {
    client.close();
    const remedy = onMismatch === "error"
      ? 'end it, or change the option "onMismatch"'
      : "it has taken the place of the daemon that this command had: start this command anew";
    throw cannotUse("version-mismatch", `${versions}; ${remedy}`, settings);
  }
  // It may end before it answers, which is as good.
  if (replace) {
    await within(
      SHUTDOWN_TIMEOUT,
      client.call("$/shutdown", {}).catch(() => {}),
    );
  }
  client.close();
  return { absent: versions };
}
