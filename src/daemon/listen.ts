import type { CreateIface, Server } from "./create_iface.ts";
import { DaemonServer } from "./server.ts";
import { checkServer } from "./check_server_options.ts";
import type { ServerOptions } from "./create_server.ts";
import { closeOnSignals } from "./signals.ts";

/** Options for {@linkcode listen}. */
export interface ListenOptions extends ServerOptions {
  /**
   * The path of the unix socket. Its directory has to exist, and nobody else
   * may write to it, unless it is sticky as `/tmp` is.
   */
  readonly sockfile: string | URL;
}

/**
 * Creates a server and listens on `sockfile`, as the daemon that `autod()`
 * would start otherwise. SIGTERM and SIGINT close it gracefully.
 *
 * The process needs `--allow-read=S,S.new,S.lock --allow-write=S,S.new,S.lock
 * --allow-net=unix:S,unix:S.new`, where `S` is the absolute path, and to read
 * and write `pidfile`; `ready` rejects with an `AutodError` that says so if it may not.
 *
 * @param createIface Makes the iface of each client; what an rpcfile exports as its default.
 * @param options Where and how to serve.
 * @returns The server, whose `ready` resolves when it listens and `pidfile` is
 * written, and rejects if that fails.
 * @throws {TypeError} If `createIface` is no function, or an option is missing, unknown or wrong.
 * @throws {RangeError} If a number among the options is out of range.
 */
export function listen(
  createIface: CreateIface,
  options: ListenOptions,
): Server {
  checkServer("listen", createIface, options, ["sockfile"]);
  const server = new DaemonServer(createIface, options);
  closeOnSignals(server);
  server.listen(options.sockfile);
  return server;
}
