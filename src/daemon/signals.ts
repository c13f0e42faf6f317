import type { CloseOptions, Server } from "./create_iface.ts";

/** What is closed, and told why. */
interface Closable extends Pick<Server, "closed"> {
  close(options?: CloseOptions, why?: string): void;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Closes `server` gracefully at SIGTERM or SIGINT; a second one ends the process. */
export function closeOnSignals(server: Closable): void {
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
