// Prints a file, and what is added to it: many commands, one watcher.
import { autod, runtimeDir } from "@autod/autod";
import { parseArgs } from "@std/cli";
import { resolve } from "@std/path";

const flags = parseArgs(Deno.args, { string: ["sockfile", "_"] });
const [file] = flags._;
if (file === undefined) {
  console.error("Usage: cmd.ts [--sockfile PATH] FILE");
  Deno.exit(2);
}
const path = resolve(file);
const info = await Deno.stat(path).catch(() => undefined);
if (!info?.isFile) {
  console.error(`There is no file ${path}`);
  Deno.exit(1);
}

await using daemon = await autod<typeof import("./iface.ts")>({
  rpcfile: import.meta.resolve("./iface.ts"),
  sockfile: flags.sockfile ?? `${runtimeDir("tail")}/tail.sock`,
  methods: ["tail:s", "path"],
  args: [path],
  permissions: { read: [path] },
  autoclose: true,
});
const followed = await daemon.rpc.path();
if (followed !== path) {
  console.error(`The daemon follows ${followed}; use another --sockfile`);
  Deno.exit(1);
}
await daemon.rpc.tail().readable.pipeTo(Deno.stdout.writable);
