import { make } from "./explain.ts";
import { Absence } from "./link.ts";
import type { Settings } from "./options.ts";
import type { WireClient } from "./wire/client.ts";

/**
 * Does what the option `onMismatch` says of a daemon of another version:
 * resolves to its absence when it was asked to close, or to `undefined` if it
 * is to be used as it is.
 *
 * @throws {AutodError} If the option says so.
 */
export async function onMismatch(
  client: WireClient,
  its: string | undefined,
  wanted: string,
  settings: Settings,
): Promise<Absence | undefined> {
  if (settings.onMismatch === "keep") return undefined;
  const versions =
    `its version was "${its}", and that of this command is "${wanted}"`;
  if (settings.onMismatch === "error") {
    client.close();
    throw make(
      "version-mismatch",
      `Cannot use the daemon at "${settings.sockfile}": ${versions}; end it, or change the option "onMismatch"`,
      settings,
    );
  }
  // It may end before it answers, which is as good.
  await client.call("$/shutdown", {}).catch(() => {});
  client.close();
  return new Absence(versions);
}
