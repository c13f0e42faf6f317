import { checkFactory } from "./methods.ts";
import { Log, withoutColours } from "./log.ts";
import type { DaemonConfig, Readiness, StartStage } from "./readiness.ts";
import { DaemonServer } from "./server.ts";
import { closeOnSignals } from "./signals.ts";
import { startTimer } from "./time.ts";
import { SocketClaim } from "./socket_claim.ts";
import { writeSafely } from "./write_safely.ts";
import { toErrorData } from "./wire/error_data.ts";

/** The pipe to the starter, whatever else is done to `Deno.stdout`. */
const stdout = { writeSync: Deno.stdout.writeSync.bind(Deno.stdout) };

/** How long before it is given up a daemon tells who is in its way, in milliseconds. */
const TELL_TIME = 500;

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
  let server: DaemonServer | undefined;
  let log: Log | undefined;
  let importTime: number | undefined;
  // Whoever waits for this daemon gives up by then, and may be gone already.
  const overdue = startTimer(config.timeout, () => {
    fail(stage, new Error(`It took more than ${config.timeout} ms`));
  });
  // Deno would report these on stderr, where perhaps nobody reads.
  onUncaught((error, what) => {
    log?.write(`${what} ${Deno.inspect(error)}`);
    Deno.exitCode = 1;
    if (server) server.fail(error);
    else fail(stage, error);
  });
  try {
    const timeout = config.timeout - Math.min(config.timeout / 2, TELL_TIME);
    const claim = await SocketClaim.take(config.sockfile, timeout);
    if (claim === undefined) {
      tellStarter({ autod: "busy", pid: Deno.pid });
      Deno.exit(0);
    }
    stage = "log";
    log = new Log(config.logfile, config.sockfile);
    log.captureOutput();
    using _copy = log.listen((text) => writeSafely(stdout, text));
    stage = "import";
    const start = performance.now();
    const { default: createIface } = await load();
    importTime = performance.now() - start;
    stage = "default";
    checkFactory(createIface);
    stage = "listen";
    server = new DaemonServer(createIface, config, {
      log,
      rpcfile: config.rpcfile,
      onReady() {
        closeOnSignals(server!);
        log!.write(`Serving "${config.sockfile}"`);
        tellStarter({ autod: "ready", pid: Deno.pid, importTime });
      },
    });
    await server.start(() => claim);
  } catch (error) {
    fail(stage, error);
  }
  overdue[Symbol.dispose]();
}

function fail(stage: StartStage, error: unknown): never {
  // Its stderr may lead to the log, which may be somebody else's file.
  if (stage !== "log") {
    console.error("Error in the start of the daemon:", error);
  }
  const data = toErrorData(error);
  // Deno colours the places of imports that failed, also without a terminal.
  const plain = { ...data, message: withoutColours(data.message) };
  tellStarter({ autod: "failed", stage, error: plain });
  Deno.exit(1);
}

// A starter that has died is no reason for the daemon to die.
function tellStarter(readiness: Readiness): void {
  // An rpcfile may have left a line there without its end.
  writeSafely(stdout, `\n${JSON.stringify(readiness)}\n`);
}

function onUncaught(listener: (error: unknown, what: string) => void): void {
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    listener(event.error ?? new Error(event.message), "Uncaught");
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    listener(event.reason, "Uncaught (in promise)");
  });
}
