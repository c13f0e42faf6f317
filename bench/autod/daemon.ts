import { autod, type AutodOptions } from "@autod/autod";

/** The benchmark's daemon at `sockfile`, which is started if there is none. */
export function openDaemon(
  sockfile: string,
  options: Pick<AutodOptions, "env"> = {},
) {
  return autod<typeof import("./iface.ts")>({
    rpcfile: import.meta.resolve("./iface.ts"),
    sockfile,
    methods: ["sum", "echo", "down:s", "up:s", "received", "objects:s"],
    ...options,
  });
}
