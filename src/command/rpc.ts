import { withoutSuffix } from "./listed.ts";

/** How a method of the daemon is called. */
export type Caller = (
  name: string,
  args: unknown[],
  signal: AbortSignal | undefined,
) => unknown;

type RpcObject = Record<string, (...args: unknown[]) => unknown>;

// What `withSignal` makes another rpc object from.
const origins = new WeakMap<object, (signal: AbortSignal) => RpcObject>();

/**
 * Makes the object whose methods call the daemon. It has no prototype and no
 * traps: what `methods` does not list is not there.
 */
export function makeRpc(
  methods: readonly string[],
  call: Caller,
  openStream: Caller | undefined,
  signal?: AbortSignal,
): RpcObject {
  const rpc: RpcObject = Object.create(null);
  for (const listed of methods) {
    const name = withoutSuffix(listed);
    const run = name === listed ? call : openStream!;
    rpc[name] = (...args) => run(name, args, signal);
  }
  origins.set(
    rpc,
    (added) =>
      makeRpc(
        methods,
        call,
        openStream,
        signal ? AbortSignal.any([signal, added]) : added,
      ),
  );
  return rpc;
}

/**
 * The same methods, whose calls can be cancelled: when `signal` aborts, each
 * call that is under way rejects at once with the signal's reason, and the
 * daemon aborts the call's own signal; each stream ends, both ways and on both
 * sides. What the method had done by then stays done.
 *
 * @example A call with a time limit
 * ```ts no-eval
 * import { autod, withSignal } from "@autod/autod";
 *
 * await using daemon = await autod({
 *   rpcfile: import.meta.resolve("./iface.ts"),
 *   sockfile: "/run/user/1000/counter.sock",
 *   methods: ["add"],
 * });
 * await withSignal(daemon.rpc, AbortSignal.timeout(500)).add(2);
 * ```
 *
 * @typeParam R The type of the rpc object.
 * @param rpc The `rpc` of a daemon, or what this function made of one.
 * @param signal Cancels the calls that are made through the result, and ends the streams.
 * @returns An object with the same methods.
 * @throws {TypeError} If `rpc` is not the `rpc` of a daemon, or `signal` no `AbortSignal`.
 */
export function withSignal<R extends object>(rpc: R, signal: AbortSignal): R {
  const origin = origins.get(rpc);
  if (origin === undefined) {
    throw new TypeError(
      "Cannot add a signal: withSignal() takes the rpc of a daemon",
    );
  }
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError(
      `Cannot add a signal: it should be an AbortSignal, and is ${
        Deno.inspect(signal)
      }`,
    );
  }
  return origin(signal) as R;
}
