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
  if (!isTried) return await open(inlined(settings));
  try {
    return await open(settings);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return await open(inlined(settings)).catch((inline) => {
      // What this process may not do is told by the first error already.
      throw isUnread(inline) ? error : inline;
    });
  }
}

function inlined(settings: Settings): Settings {
  return { ...settings, dialer: new InlineDaemon(settings) };
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
  readonly #settings: Settings;
  readonly #servers = new Set<DaemonServer>();
  #server: DaemonServer | undefined;
  #createIface: CreateIface | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async dial(): Promise<Socket> {
    const settings = { ...this.#settings, dialer: this };
    const createIface = this.#createIface ??= await loadInTime(settings);
    if (this.#server === undefined || this.#server.isClosing) {
      const { args, drainTimeout, limits } = this.#settings;
      // As a daemon gets them: what JSON makes of them, and not the command's own.
      const copy = JSON.parse(JSON.stringify(args));
      const options = { ...limits, args: copy, drainTimeout };
      const server = this.#server = new DaemonServer(createIface, options);
      this.#servers.add(server);
      server.closed.then(() => this.#servers.delete(server));
      server.serveInline();
    }
    const [near, far] = memoryPair();
    this.#server.serve(far);
    return Object.assign(near, { ref() {}, unref() {} });
  }

  // Those that were closed before may not have ended yet either.
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
