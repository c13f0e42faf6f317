// The counter of examples/counter in the foreground, for a supervisor.
import { runtimeDir } from "@autod/autod";
import { listen } from "@autod/autod/listen";
import createIface from "../counter/iface.ts";

/** Tells a supervisor that to start it again would not help: another one serves. */
const EX_UNAVAILABLE = 69;

try {
  const directory = runtimeDir("counter");
  const server = listen(createIface, {
    sockfile: `${directory}/counter.sock`,
    pidfile: `${directory}/counter.pid`,
    drainTimeout: 5000, // a supervisor has to wait longer before it kills
  });
  await server.ready;
  console.log(`counter: ready, with the pid ${Deno.pid}`);
  await server.closed;
} catch (error) {
  console.error(`counter: ${(error as Error).message}`);
  const isTaken = error instanceof Deno.errors.AddrInUse;
  Deno.exit(isTaken ? EX_UNAVAILABLE : 1);
}
