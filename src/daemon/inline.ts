// The daemon's side in the command's own process, where there is to be no daemon.
import type { CreateIface } from "./create_iface.ts";
import { AutodError } from "../errors.ts";
import {
  explainImport,
  explainStart,
  isOfRpcfile,
} from "../start/explain_start.ts";
import { isShort } from "../command/absence.ts";
import { checkFactory } from "./methods.ts";
import { memoryPair } from "./memory_pair.ts";
import type { Settings } from "../command/options.ts";
import { failedStart, type StartStage } from "../start/readiness.ts";
import { DaemonServer } from "./server.ts";
import type { Dialer, Socket } from "../command/link.ts";
import { untilAborted, within } from "../time.ts";

/**
 * Opens a connection as the option `mode` says, which is not `"daemon"`:
 * `open` gets the settings with which to connect.
 */
export async function openAs<T>(
  settings: Settings,
  open: (settings: Settings) => Promise<T>,
): Promise<T> {
  const isTried = settings.mode === "auto" && Deno.build.os !== "windows";
  const inline = new InlineDaemon(settings);
  if (!isTried) return await open(inline.settings);
  try {
    return await open(settings);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return await open(inline.settings).catch((its) => {
      // What this process may not do is told by the first error already.
      throw isUnread(its) ? error : its;
    });
  }
}

/** Whether the place forbids daemons, or this process may not start one. */
function isForbidden(error: unknown): boolean {
  if (error instanceof Deno.errors.NotCapable) return true;
  if (!(error instanceof AutodError)) return false;
  // It would run with all that this process may do, for it was denied something.
  if (isOfRpcfile(error) || isShort(error.cause)) return false;
  if (error.code === "not-permitted" || error.code === "spawn-failed") {
    return true;
  }
  // EPERM, EACCES and EAFNOSUPPORT, where a sandbox forbids sockets.
  const { name, message } = error.cause instanceof Error
    ? error.cause
    : { name: "", message: "" };
  return name === "NotCapable" || name === "PermissionDenied" ||
    /\(os error (?:1|13|97)\)/.test(message);
}

/** Whether this process may not read the rpcfile, or what that imports. */
function isUnread(error: unknown): boolean {
  const { cause } = error as Error;
  return cause instanceof Error &&
    cause.message.startsWith("Requires read access to ");
}

/** A server of the rpcfile in this process, which is made when it is first needed. */
class InlineDaemon implements Dialer {
  /** Those with which to connect to it. */
  readonly settings: Settings;
  /** One that takes clients, if it was made, and those that have yet to end. */
  readonly #servers = new Set<DaemonServer>();
  #createIface: CreateIface | undefined;

  constructor(settings: Settings) {
    this.settings = { ...settings, dialer: this };
  }

  async dial(): Promise<Socket> {
    const createIface = this.#createIface ??= await loadInTime(this.settings);
    const [near, far] = memoryPair();
    const server = Array.from(this.#servers).find((one) => !one.isClosing) ??
      this.#makeServer(createIface);
    server.serve(far);
    return near;
  }

  #makeServer(createIface: CreateIface): DaemonServer {
    const { args, drainTimeout, limits } = this.settings;
    // As a daemon gets them: what JSON makes of them, and not the command's own.
    const copy = JSON.parse(JSON.stringify(args));
    const options = { ...limits, args: copy, drainTimeout };
    const server = new DaemonServer(createIface, options);
    this.#servers.add(server);
    server.closed.then(() => this.#servers.delete(server));
    server.serveInline();
    return server;
  }

  async end(): Promise<void> {
    for (const server of this.#servers) server.close();
    await Promise.all(Array.from(this.#servers, ({ closed }) => closed));
  }
}

// An import cannot be ended, and is left to itself.
async function loadInTime(settings: Settings): Promise<CreateIface> {
  const { signal, timeout } = settings;
  const loading = untilAborted(load(settings), signal);
  if (await within(timeout, loading)) return await loading;
  throw explainImport(settings);
}

async function load(settings: Settings): Promise<CreateIface> {
  let stage: StartStage = "import";
  try {
    const { default: createIface } = await import(settings.rpcfile);
    stage = "default";
    checkFactory(createIface);
    return createIface;
  } catch (error) {
    throw explainStart(failedStart(stage, error), settings, "");
  }
}
