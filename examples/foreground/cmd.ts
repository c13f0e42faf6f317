// Counts with a daemon that a supervisor looks after, and never starts one.
import { autod, runtimeDir } from "@autod/autod";

const [command, operand, ...more] = Deno.args;
const isAdd = command === "add" && operand !== undefined &&
  operand.trim() !== "" && Number.isFinite(Number(operand));
const isGet = command === "get" && operand === undefined;
if (more.length > 0 || !isAdd && !isGet) {
  console.error("Usage: cmd.ts add N | get");
  Deno.exit(2);
}

try {
  await using daemon = await autod<typeof import("../counter/iface.ts")>({
    rpcfile: import.meta.resolve("../counter/iface.ts"),
    sockfile: `${runtimeDir("counter")}/counter.sock`,
    methods: ["add", "get"],
    spawn: false,
  });
  const { rpc } = daemon;
  console.log(await (isAdd ? rpc.add(Number(operand)) : rpc.get()));
} catch (error) {
  console.error(`counter: ${(error as Error).message}`);
  Deno.exitCode = 1;
}
