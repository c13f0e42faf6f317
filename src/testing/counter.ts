import type { AutodOptions } from "../command/options.ts";
import type { Sandbox } from "./sandbox.ts";

/** The counter's methods. */
const METHODS = ["add", "pid", "close"] as const;

/** An rpcfile that counts, and tells who counts. */
export const COUNTER = `let n = 0;
export default (server) => ({
  add: (m) => n += m,
  pid: () => Deno.pid,
  close: () => server.close(),
});`;

/**
 * The options to reach the counter in a sandbox, which survive JSON. It is
 * written there once: a newer rpcfile would be another version of the daemon.
 */
export function counterIn(box: Sandbox): AutodOptions<typeof METHODS> {
  const rpcfile = counters.get(box) ?? box.write("counter.ts", COUNTER);
  counters.set(box, rpcfile);
  return { rpcfile, sockfile: box.sockfile, methods: METHODS };
}

const counters = new WeakMap<Sandbox, string>();
