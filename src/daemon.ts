import type { CreateIface } from "./create_iface.ts";
import { Log, writeSafely } from "./log.ts";
import type { DaemonConfig, Readiness, StartStage } from "./readiness.ts";
import { DaemonServer } from "./server.ts";
import { closeOnSignals } from "./signals.ts";
import { SocketClaim } from "./socket_claim.ts";
import { toErrorData } from "./wire/error_data.ts";

/**
 * What a daemon's process runs: claims the socket, imports the rpcfile and
 * serves it until it is closed. `load` imports the rpcfile; its `import()` is
 * a literal in the generated main module, so that it needs no permission.
 */
export async function runDaemon(
  config: DaemonConfig,
  load: () => Promise<{ readonly default?: unknown }>,
): Promise<void> {
  let stage: StartStage = "claim";
  // Whoever waits for this daemon gives up by then, and may be gone already.
  const overdue = setTimeout(() => {
    fail(stage, new Error(`It took more than ${config.timeout} ms`));
  }, config.timeout);
  try {
    const claim = await SocketClaim.take(config.sockfile, config.timeout);
    if (claim === undefined) {
      tellStarter({ autod: "busy", pid: Deno.pid });
      Deno.exit(0);
    }
    stage = "log";
    const log = new Log(config.logfile);
    log.captureConsole();
    using _copy = log.listen((text) => writeSafely(Deno.stderr, text));
    logLastWords(log);
    stage = "import";
    const { default: createIface } = await load();
    stage = "default";
    if (typeof createIface !== "function") {
      throw new TypeError(
        `Its default export is ${
          createIface === undefined ? "missing" : `a ${typeof createIface}`
        }, and should be the function that makes the iface`,
      );
    }
    stage = "listen";
    const server = new DaemonServer(createIface as CreateIface, config, log);
    await server.start(() => claim);
    closeOnSignals(server);
    log.write(`Serving "${config.sockfile}"`);
  } catch (error) {
    fail(stage, error);
  }
  clearTimeout(overdue);
  tellStarter({ autod: "ready", pid: Deno.pid });
}

function fail(stage: StartStage, error: unknown): never {
  console.error("Error in the start of the daemon:", error);
  tellStarter({ autod: "failed", stage, error: toErrorData(error) });
  Deno.exit(1);
}

// A starter that has died is no reason for the daemon to die.
function tellStarter(readiness: Readiness): void {
  writeSafely(Deno.stdout, JSON.stringify(readiness) + "\n");
}

// Deno reports these on stderr, where nobody reads once the daemon is ready.
function logLastWords(log: Log): void {
  globalThis.addEventListener("error", (event) => {
    log.write(`Uncaught ${Deno.inspect(event.error ?? event.message)}`);
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    log.write(`Uncaught (in promise) ${Deno.inspect(event.reason)}`);
  });
}
