// A filter whose work is done by a daemon: cat file | cmd.ts
import { autod, runtimeDir } from "@autod/autod";
import { parseArgs } from "@std/cli";

const flags = parseArgs(Deno.args, { string: ["sockfile"] });

await using daemon = await autod<typeof import("./iface.ts")>({
  rpcfile: import.meta.resolve("./iface.ts"),
  sockfile: flags.sockfile ?? `${runtimeDir("upper")}/upper.sock`,
  methods: ["upper:s"],
  autoclose: true,
});
await Deno.stdin.readable
  .pipeThrough(daemon.rpc.upper())
  .pipeTo(Deno.stdout.writable);
