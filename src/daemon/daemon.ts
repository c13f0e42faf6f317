import { captureOutput, inspect } from "./capture_output.ts";
import { checkFactory } from "./methods.ts";
import { Log } from "../files/log.ts";
import {
  failedStart,
  type Readiness,
  type StartStage,
} from "../start/readiness.ts";
import type { DaemonConfig } from "../start/spawn_daemon.ts";
import { DaemonServer } from "./server.ts";
import { closeOnSignals } from "./signals.ts";
import { startTimer } from "../time.ts";
import { SocketClaim } from "../files/socket_claim.ts";
import { StarterPipe } from "./starter_pipe.ts";
import { fitError } from "../wire/answer.ts";

/** How long what a failing daemon has told may take to be read, in milliseconds. */
const FLUSH_TIMEOUT = 500;

/** How much a starter is told of why a start failed, in bytes. */
const MAX_FAILURE_BYTES = 4 * 1024 * 1024;

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
  const starter = new StarterPipe();
  // Whoever waits for this daemon has ended it by then, unless it has gone.
  using _overdue = startTimer(2 * config.timeout, () => {
    fail(starter, stage, new Error(`It took more than ${config.timeout} ms`));
  });
  // Deno would report these on stderr, where perhaps nobody reads.
  onUncaught((error, what) => {
    log?.write(`${what} ${inspect(error)}`);
    Deno.exitCode = 1;
    if (server) server.fail(error);
    else fail(starter, stage, error);
  });
  globalThis.addEventListener("unload", () => {
    if (server?.isClosing === false) {
      log?.write("The process ends without closing, as by Deno.exit()");
    }
  });
  try {
    const left = Math.max(config.timeout - performance.now(), 0);
    const timeout = left - Math.min(left / 2, TELL_TIME);
    const claim = await SocketClaim.take(config.sockfile, timeout);
    if (claim === undefined) {
      tell(starter, { autod: "busy", pid: Deno.pid });
      Deno.exit(0);
    }
    stage = "log";
    log = new Log(config.logfile, config.sockfile);
    captureOutput(log);
    using _copy = log.listen((text) => starter.write(text));
    stage = "import";
    const start = performance.now();
    const { default: createIface } = await load();
    const importTime = performance.now() - start;
    stage = "default";
    checkFactory(createIface);
    stage = "listen";
    server = new DaemonServer(createIface, config, {
      log,
      rpcfile: config.rpcfile,
      onReady() {
        closeOnSignals(server!);
        log!.write(`Serving "${config.sockfile}"`);
        tell(starter, { autod: "ready", pid: Deno.pid, importTime });
        starter.letGo();
      },
    });
    await server.start(() => claim);
  } catch (error) {
    await fail(starter, stage, error);
  }
}

async function fail(
  starter: StarterPipe,
  stage: StartStage,
  error: unknown,
): Promise<never> {
  // Its stderr may lead to the log, which may be somebody else's file.
  if (stage !== "log") {
    console.error("Error in the start of the daemon:", error);
  }
  const failure = failedStart(stage, error);
  const { name, message } = failure.error;
  const whole = { code: 0, message, data: failure.error };
  const fitted = fitError(whole, MAX_FAILURE_BYTES);
  const told = fitted.data ?? { name, message: fitted.message };
  tell(starter, { ...failure, error: told });
  await starter.flushed(FLUSH_TIMEOUT);
  Deno.exit(1);
}

function tell(starter: StarterPipe, readiness: Readiness): void {
  // An rpcfile may have left a line there without its end.
  starter.write(`\n${JSON.stringify(readiness)}\n`);
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
