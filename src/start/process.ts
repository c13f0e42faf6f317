import { explainExit, explainStart, explainTimeout } from "./explain_start.ts";
import { LogTail } from "./log_tail.ts";
import type { Settings } from "../command/options.ts";
import { Printed } from "./printed.ts";
import type { Readiness } from "./readiness.ts";
import { spawnDaemon } from "./spawn_daemon.ts";
import { limitTime, within } from "../time.ts";

/** How long the output of an ended process may be held by a child of its own, in milliseconds. */
const OUTPUT_TIMEOUT = 100;

/** A process that serves, or has found that another one does. */
export interface StartedProcess {
  readonly process: Deno.ChildProcess;
  /** The daemon's own id: `execPath` may be a script that runs it as its child. */
  readonly pid: number;
  /** Whether it is the daemon, and has not found that another one is. */
  readonly serves: boolean;
  /** What has come to its log since. */
  readonly log: LogTail;
}

/**
 * Starts a daemon's process and resolves when it serves, or when it has found
 * that another one does.
 *
 * @throws {AutodError} If it fails, ends, or is not ready by `deadline`, when it is killed.
 */
export async function startProcess(
  program: string,
  flags: string[],
  settings: Settings,
  deadline: number,
): Promise<StartedProcess> {
  const { debug, signal, onProcess } = settings;
  const timeout = deadline - performance.now();
  const log = new LogTail(settings.logfile);
  const { process, intoLog } = spawnDaemon(
    program,
    flags,
    settings,
    timeout,
  );
  settings.mark?.("spawn");
  const told = Promise.withResolvers<Readiness | undefined>();
  const stdout = new Printed(process.stdout, debug, told.resolve);
  const stderr = new Printed(process.stderr, debug);
  stdout.ended.then(() => told.resolve(undefined));
  const kill = () => {
    killQuietly(process);
    // A child that it has may hold them open.
    stdout.stop();
    stderr.stop();
  };
  // Others may have used it for long when this process comes to it at last: what
  // it has told by then is heard first.
  using timeLimit = limitTime(timeout, kill);
  const abort = () => timeLimit.extend(0);
  signal?.addEventListener("abort", abort);
  try {
    onProcess?.(process);
    signal?.throwIfAborted();
    process.status.then(() => within(OUTPUT_TIMEOUT, stdout.ended))
      .then(() => told.resolve(undefined));
    const readiness = await told.promise;
    if (readiness && readiness.autod !== "failed") {
      settings.mark?.("import", readiness.importTime);
      settings.mark?.("ready");
      const { autod, pid } = readiness;
      return { process, pid, serves: autod === "ready", log };
    }
    const status = await process.status;
    await within(OUTPUT_TIMEOUT, stderr.ended);
    signal?.throwIfAborted();
    const said = `${stdout.text}${stderr.text}`;
    if (readiness) throw explainStart(readiness, settings, said);
    if (timeLimit.isOver()) throw explainTimeout(settings);
    const lastWords = intoLog ? log.read() : "";
    throw explainExit(status, program, settings, `${said}${lastWords}`);
  } catch (error) {
    // Whoever was to have it does not want it, or never gets it.
    killQuietly(process);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    stdout.stop();
    stderr.stop();
    process.unref();
  }
}

function killQuietly(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}
