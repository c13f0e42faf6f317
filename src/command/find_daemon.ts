import { connect } from "./connect.ts";
import type { Settings } from "./options.ts";
import type { Started } from "../start/start.ts";

/** A daemon that was connected to, its process and why that was started, if it was. */
export interface Found extends Started {
  readonly reason?: string;
}

/**
 * Connects to the daemon, or starts it.
 *
 * @throws {AutodError} If none can be reached or started.
 */
export async function findDaemon(settings: Settings): Promise<Found> {
  const deadline = performance.now() + settings.timeout;
  const found = await connect(settings, deadline);
  if (!("absent" in found)) return { link: found };
  const { absent } = found;
  const { explainAbsence, start } = await import("../cold.ts");
  // Inline there is no other daemon to be had than the one that was made.
  if (!settings.spawn || settings.dialer) {
    throw explainAbsence(found, settings);
  }
  const started = await start(settings, deadline, absent);
  // Another command may have started it meanwhile.
  return { ...started, reason: started.process && absent };
}
