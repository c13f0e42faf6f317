import type { DaemonServer } from "./server.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Closes `server` gracefully at SIGTERM or SIGINT; a second one ends the process. */
export function closeOnSignals(server: DaemonServer): void {
  const close = () => {
    stop();
    server.close({}, "at a signal");
  };
  const stop = () => {
    for (const name of SIGNALS) Deno.removeSignalListener(name, close);
  };
  for (const name of SIGNALS) Deno.addSignalListener(name, close);
  server.closed.then(stop);
}
