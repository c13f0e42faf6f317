import { Channel } from "./channel.ts";
import { checkOptions, isMode } from "./check_options.ts";
import type { ClientStream } from "../streams/client_stream.ts";
import type { Connection } from "./connection.ts";
import { AutodError } from "../errors.ts";
import { holds } from "../files/access.ts";
import type { MethodName, Rpc } from "../iface.ts";
import { isStream } from "./listed.ts";
import type { AutodOptions, Mark, Settings } from "./options.ts";
import { type Caller, makeRpc } from "./rpc.ts";

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
   * threw, with a {@linkcode ConnectionClosedError} if the daemon went away
   * meanwhile, or with an {@linkcode AutodError} if it had gone before, and no
   * other can be had.
   */
  readonly rpc: R;
  /** The connection to the daemon. */
  readonly connection: Connection;
  /**
   * The daemon's process, if this command started it. It keeps the command from
   * ending only after its `ref()`.
   */
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
  const streams = settings.methods.some(isStream)
    ? import("../streams/client_stream.ts")
    : undefined;
  const mark = await startTiming();
  const channel = await open({ ...settings, mark });
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

async function open(settings: Settings): Promise<Channel> {
  try {
    return await Channel.open(settings);
  } catch (error) {
    // Its message and cause tell what happened: the stack tells who called.
    if (error instanceof AutodError) Error.captureStackTrace(error, autod);
    throw error;
  }
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
  return (await import("../cold.ts")).startMarks();
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
  return holds({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
}

function timed(call: Caller, mark: Mark): Caller {
  return (...args) =>
    (call(...args) as Promise<unknown>).finally(() => mark("call"));
}
