// The command's side: connects to the daemon, or starts it.
import { autod, AutodError, runtimeDir } from "@autod/autod";
import { parseArgs } from "@std/cli";

const USAGE = `A counter that keeps its state in a daemon.

Usage: cmd.ts [--sockfile PATH] add N | get | close

  add N   adds N to the counter and prints it
  get     prints the counter
  close   ends the daemon, and the counter with it

  --sockfile PATH   the daemon's socket
                    (default: counter.sock in $XDG_RUNTIME_DIR/counter,
                    else in /tmp/counter-UID)
  --help            prints this text`;

const negative: string[] = [];
const flags = parseArgs(Deno.args, {
  string: ["sockfile", "_"],
  boolean: ["help"],
  alias: { help: "h" },
  unknown: (arg, key) => {
    if (key === undefined) return true;
    if (Number.isNaN(Number(arg))) usageError(`no option ${arg}`);
    negative.push(arg); // a number below 0 is no option
    return false;
  },
});
if (flags.help) {
  console.log(USAGE);
  Deno.exit(0);
}
if (flags.sockfile === "") usageError("--sockfile takes a path");

const [command, ...operands] = [...flags._ as string[], ...negative];
if (command === "add") {
  const isNumber = operands[0]?.trim() && Number.isFinite(Number(operands[0]));
  if (operands.length !== 1 || !isNumber) {
    usageError("add takes a number");
  }
} else if (command === "get" || command === "close") {
  if (operands.length > 0) usageError(`${command} takes no argument`);
} else {
  usageError(command ? `no command ${command}` : "a command is needed");
}

try {
  await using daemon = await autod<typeof import("./iface.ts")>({
    rpcfile: import.meta.resolve("./iface.ts"),
    sockfile: flags.sockfile ?? `${runtimeDir("counter")}/counter.sock`,
    methods: ["add", "get", "close"],
    spawn: command !== "close", // which is not to start what it ends
  });
  if (command === "add") console.log(await daemon.rpc.add(Number(operands[0])));
  if (command === "get") console.log(await daemon.rpc.get());
  if (command === "close") await daemon.rpc.close();
} catch (error) {
  const isClosed = error instanceof AutodError && error.code === "not-running";
  if (!isClosed) throw error;
}

function usageError(what: string): never {
  console.error(`counter: ${what}\n\n${USAGE}`);
  Deno.exit(2);
}
