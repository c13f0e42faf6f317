// The command of the README, with no more than it needs: cmd.ts add NUMBER
import { autod, runtimeDir } from "@autod/autod";

await using daemon = await autod<
  typeof import("../../examples/counter/iface.ts")
>({
  rpcfile: import.meta.resolve("../../examples/counter/iface.ts"),
  sockfile: `${runtimeDir("counter")}/counter.sock`,
  methods: ["add", "get", "close"],
});
console.log(await daemon.rpc.add(Number(Deno.args[1])));
