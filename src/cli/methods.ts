import type { Arguments } from "./arguments.ts";
import { ask, foreign } from "./ask.ts";
import { isRecord } from "../wire/message.ts";
import { ExitCode } from "./exit_code.ts";
import { show } from "./print.ts";

/** Lists the methods of the daemon. */
export async function methods(args: Arguments): Promise<number> {
  const found = await ask(args, "rpc.discover");
  if (!isRecord(found) || !Array.isArray(found.methods)) {
    throw foreign(args.sockfile);
  }
  const names = found.methods.map(({ name }) => name).sort();
  show(
    args.json,
    names,
    () => names.forEach((name) => console.log(name)),
  );
  return ExitCode.ok;
}
