import type { Arguments } from "./arguments.ts";
import { ask } from "./daemon.ts";
import { ExitCode } from "./exit_code.ts";
import { Printer } from "./print.ts";

/** Lists the methods of the daemon. */
export async function methods(args: Arguments): Promise<number> {
  const found = await ask(args, "rpc.discover") as {
    readonly methods: readonly { readonly name: string }[];
  };
  const names = found.methods.map(({ name }) => name).sort();
  new Printer(args.json).show(
    names,
    () => names.forEach((name) => console.log(name)),
  );
  return ExitCode.ok;
}
