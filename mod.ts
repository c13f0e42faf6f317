/**
 * Implicit daemons: a command that answers at once, because a daemon that
 * nobody had to start is already warm.
 *
 * {@linkcode autod} connects a command to its daemon over a unix socket, and
 * starts the daemon when there is none. The daemon imports your rpcfile, which
 * makes the methods, and keeps its state from one command to the next.
 *
 * @example A command that counts
 * ```ts no-eval
 * import { autod } from "@autod/autod";
 *
 * await using daemon = await autod({
 *   rpcfile: import.meta.resolve("./iface.ts"),
 *   sockfile: "/run/user/1000/counter.sock",
 *   methods: ["add", "get", "close"],
 * });
 * console.log(await daemon.rpc.add(2));
 * ```
 *
 * With `autod<typeof import("./iface.ts")>(…)`, `daemon.rpc` has the types of
 * your methods. See the module `./server` for what an rpcfile exports.
 *
 * @module
 */

import { Channel } from "./src/channel.ts";
import type { ClientStream } from "./src/client_stream.ts";
import type { MethodName, Rpc } from "./src/iface.ts";
import {
  type AutodOptions,
  checkOptions,
  type Settings,
} from "./src/options.ts";
import { type Caller, makeRpc } from "./src/rpc.ts";

export {
  AutodError,
  type AutodErrorCode,
  type AutodErrorOptions,
  ConnectionClosedError,
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
export type { AutodOptions, OnMismatch } from "./src/options.ts";
export type {
  DaemonPermissions,
  Grant,
  PermissionsOption,
} from "./src/permissions.ts";
export { withSignal } from "./src/rpc.ts";
export type { RpcStream } from "./src/rpc_stream.ts";

/**
 * The connection of a command to its daemon. When the daemon closes or dies, a
 * call that was certainly not executed goes to its successor by itself, and
 * this becomes the connection to that one.
 */
export interface Connection {
  /** The daemon's process id. */
  readonly pid: number;
  /** Names this run of the daemon: its successor has another. */
  readonly instance: string;
  /** When the daemon started. */
  readonly startedAt: Date;
  /** The version that the daemon was started as, if any. */
  readonly version: string | undefined;
  /** Whether this command started the daemon. */
  readonly spawned: boolean;
  /** Why this command started the daemon, as in "there was none"; `undefined` if it did not. */
  readonly reason: string | undefined;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
  /** Aborts when the connection ends. */
  readonly signal: AbortSignal;
  /** Ends the connection at once. Calls without an answer reject with a {@linkcode ConnectionClosedError}. */
  close(): void;
  /** Keeps the command from ending while the connection is open, as it is at first. */
  ref(): void;
  /** Lets the command end although the connection is open. */
  unref(): void;
}

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
 * --allow-run=deno`, where `S` is the absolute path.
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
 * @throws {TypeError} If an option is missing, unknown or wrong.
 * @throws {RangeError} If a number among the options is out of range.
 * @throws {AutodError} If no daemon can be reached or started; its message says why, and what to do.
 */
export async function autod<
  T = unknown,
  const M extends readonly MethodName<T>[] = readonly MethodName<T>[],
>(options: AutodOptions<M>): Promise<Daemon<Rpc<T, M[number]>>> {
  const settings = checkOptions(options);
  // Loaded while the socket is connected to, and only if there are streams.
  const streams = settings.methods.some((name) => name.endsWith(":s"))
    ? import("./src/client_stream.ts")
    : undefined;
  const channel = await Channel.open(settings);
  const openStreams = new Set<{ sessionEnded(): void }>();
  const rpc = makeRpc(
    settings.methods,
    (name, args, signal) => channel.call(name, args, signal),
    streams && streamCaller((await streams).ClientStream, channel, openStreams),
  );
  const close = () => {
    channel.close();
    for (const stream of openStreams) stream.sessionEnded();
  };
  return {
    rpc: rpc as Rpc<T, M[number]>,
    connection: toConnection(channel, close),
    get process() {
      return channel.process;
    },
    async [Symbol.asyncDispose]() {
      close();
      await channel.link.client.closed;
    },
  };
}

function streamCaller(
  Stream: typeof ClientStream,
  channel: Channel,
  open: Set<{ sessionEnded(): void }>,
): Caller {
  return (method, args, signal) => {
    const stream = new Stream({ channel, method, args, signal });
    open.add(stream);
    stream.closed.then(() => open.delete(stream));
    return stream;
  };
}

function toConnection(channel: Channel, close: () => void): Connection {
  return {
    get pid() {
      return channel.link.info.pid;
    },
    get instance() {
      return channel.link.info.instance;
    },
    get version() {
      return channel.link.info.version;
    },
    get startedAt() {
      return new Date(channel.link.info.startedAt);
    },
    get spawned() {
      return channel.process !== undefined;
    },
    get reason() {
      return channel.reason;
    },
    get closed() {
      return channel.link.client.closed;
    },
    get signal() {
      return channel.link.client.signal;
    },
    close,
    ref: () => channel.setRef(true),
    unref: () => channel.setRef(false),
  };
}
