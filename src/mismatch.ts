import { cannotUse, make } from "./explain.ts";
import type { Absence } from "./link.ts";
import type { Settings } from "./options.ts";
import { within } from "./time.ts";
import type { WireClient } from "./wire/client.ts";

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
  const { onMismatch, spawn } = settings;
  // What cannot be replaced is all that there is.
  const isKept = onMismatch !== "error" && !spawn;
  if (onMismatch === "keep" || isKept) {
    return undefined;
  }
  const versions =
    `its version was "${its}", and that of this command is "${wanted}"`;
  // It may end before it answers, which is as good.
  if (onMismatch === "restart" && replace) {
    await within(
      SHUTDOWN_TIMEOUT,
      client.call("$/shutdown", {}).catch(() => {}),
    );
  }
  client.close();
  if (onMismatch === "restart") return { absent: versions };
  const remedy = onMismatch === "superseded"
    ? "another command has replaced the daemon that this one had: start this one anew"
    : 'end it, or change the option "onMismatch"';
  throw make(
    "version-mismatch",
    `${cannotUse(settings)}: ${versions}; ${remedy}`,
    settings,
  );
}
