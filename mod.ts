/**
 * A daemon for a command: a process in the background that keeps loaded what
 * is slow to load, and remembers what earlier runs did.
 *
 * {@linkcode autod} connects a command to its daemon over a unix socket, and
 * starts the daemon when there is none. The daemon imports your rpcfile, which
 * makes the methods, and keeps its state from one command to the next.
 *
 * With `autod<typeof import("./iface.ts")>(…)`, `daemon.rpc` has the types of
 * your methods. See the module `./server` for what an rpcfile exports.
 *
 * @example A command that counts
 * ```ts no-eval
 * import { autod, runtimeDir } from "@autod/autod";
 *
 * await using daemon = await autod({
 *   rpcfile: import.meta.resolve("./iface.ts"),
 *   sockfile: `${runtimeDir("counter")}/counter.sock`,
 *   methods: ["add", "get", "close"],
 * });
 * console.log(await daemon.rpc.add(2));
 * ```
 *
 * @module
 */

import { Channel } from "./src/channel.ts";
import { checkOptions, isMode } from "./src/check_options.ts";
import type { ClientStream } from "./src/client_stream.ts";
import type { Connection } from "./src/connection.ts";
import type { MethodName, Rpc } from "./src/iface.ts";
import type { AutodOptions, Mark, Settings } from "./src/options.ts";
import { type Caller, makeRpc } from "./src/rpc.ts";

export type { Connection } from "./src/connection.ts";
export {
  AutodError,
  type AutodErrorCode,
  type AutodErrorOptions,
  ConnectionClosedError,
  type ConnectionClosedErrorOptions,
  RpcError,
  type RpcErrorOptions,
} from "./src/errors.ts";
export type {
  AnyMethod,
  ChunksOf,
  IfaceOf,
  MethodName,
  RemoteMethod,
  Rpc,
  WithoutSuffix,
} from "./src/iface.ts";
export type { LimitOptions } from "./src/limits.ts";
export type { AutodOptions, Mode, OnMismatch } from "./src/options.ts";
export type {
  DaemonPermissions,
  Grant,
  GrantRule,
  GrantScope,
  PermissionsOption,
} from "./src/permissions.ts";
export { withSignal } from "./src/rpc.ts";
export type { RpcStream } from "./src/rpc_stream.ts";
export { runtimeDir } from "./src/runtime_dir.ts";

/**
 * A daemon, as a command sees it. Disposing of it ends the connection, not
 * the daemon.
 *
 * @typeParam R The type of `rpc`.
 */
export interface Daemon<R> extends AsyncDisposable {
  /**
   * The daemon's methods. A call resolves to what the method returned, as far
   * as JSON can tell it, and rejects with an {@linkcode RpcError} if the method
   * threw, or a {@linkcode ConnectionClosedError} if the daemon went away.
   */
  readonly rpc: R;
  /** The connection to the daemon. */
  readonly connection: Connection;
  /** The daemon's process, if this command started it. */
  readonly process: Deno.ChildProcess | undefined;
}

/**
 * Connects to the daemon of `sockfile`, and starts it if there is none.
 *
 * The process needs the permissions to read, write and connect to the socket
 * and, to start the daemon, to read and write `<sockfile>.spawn` and to run
 * deno: `--allow-read=S,S.spawn --allow-write=S,S.spawn --allow-net=unix:S
 * --allow-run=deno`, where `S` is the absolute path. With `--allow-sys=uid` it
 * knows its user, and so a socket of another user. Without that, it finds out by
 * setting the times of the socket, which the system allows its owner, and root.
 *
 * What the option `permissions` grants the daemon, a command that starts it has
 * to hold as well. Nobody at a terminal is asked for a permission, unless the
 * rpcfile runs inline, as part of the command: Deno asks for what that lacks.
 *
 * @example With the types of the iface
 * ```ts no-eval
 * import { autod } from "@autod/autod";
 * import type { CreateIface } from "@autod/autod/server";
 *
 * let n = 0;
 * const createIface = (() => ({
 *   add: (m: number) => n += m,
 * })) satisfies CreateIface;
 *
 * await using daemon = await autod<typeof createIface>({
 *   rpcfile: import.meta.resolve("./iface.ts"),
 *   sockfile: "/run/user/1000/counter.sock",
 *   methods: ["add"],
 * });
 * const sum: number = await daemon.rpc.add(2);
 * ```
 *
 * @typeParam T `typeof import("./iface.ts")`, or the type of the factory or of
 * the iface. Without it, the methods are known by their names alone.
 * @typeParam M The names in `methods`.
 * @param options What to connect to, and how to start it.
 * @returns The daemon, connected.
 * @throws {TypeError} If an option is missing, unknown or wrong, or the variable `AUTOD_MODE` is.
 * @throws {RangeError} If a number among the options is out of range.
 * @throws {Deno.errors.NotCapable} If a daemon would have to be started that is granted what this process does not hold.
 * @throws {AutodError} If no daemon can be reached or started; its message says why, and what to do.
 * @throws {unknown} The reason of `signal`, if that aborts before there is a connection.
 */
export async function autod<
  T = unknown,
  const M extends readonly MethodName<T>[] = readonly MethodName<T>[],
>(options: AutodOptions<M>): Promise<Daemon<Rpc<T, M[number]>>> {
  const settings = withEnvironment(checkOptions(options));
  // Loaded while the socket is connected to, and only if there are streams.
  const streams = settings.methods.some((name) => name.endsWith(":s"))
    ? import("./src/client_stream.ts")
    : undefined;
  const mark = await startTiming();
  const channel = await Channel.open({ ...settings, mark });
  const call: Caller = (name, args, signal) => channel.call(name, args, signal);
  const rpc = makeRpc(
    settings.methods,
    mark ? timed(call, mark) : call,
    streams && streamCaller((await streams).ClientStream, channel),
  );
  return {
    rpc: rpc as Rpc<T, M[number]>,
    connection: channel,
    get process() {
      return channel.process;
    },
    async [Symbol.asyncDispose]() {
      await channel.end();
    },
  };
}

function streamCaller(Stream: typeof ClientStream, channel: Channel): Caller {
  return (method, args, signal) => {
    const stream = new Stream({ channel, method, args, signal });
    channel.keep(stream);
    return stream;
  };
}

/** Tells where the time of a command goes, if `AUTOD_TIMING` is set and may be read. */
async function startTiming(): Promise<Mark | undefined> {
  if (!readVariable("AUTOD_TIMING")) return undefined;
  return (await import("./src/timing.ts")).startMarks();
}

/** `AUTOD_MODE` is for whoever runs the command where there are to be no daemons. */
function withEnvironment(settings: Settings): Settings {
  const mode = readVariable("AUTOD_MODE") || settings.mode;
  if (isMode(mode)) return { ...settings, mode };
  throw new TypeError(
    `Cannot take the variable AUTOD_MODE: it should be daemon, inline or auto, and is "${mode}"`,
  );
}

function readVariable(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

function timed(call: Caller, mark: Mark): Caller {
  return (...args) =>
    (call(...args) as Promise<unknown>).finally(() => mark("call"));
}
