import type { Arguments } from "./arguments.ts";
import { askStatus } from "./ask.ts";
import { ExitCode } from "./exit_code.ts";
import { show } from "./print.ts";

/** Tells how long the daemon takes to answer, in milliseconds. */
export async function ping(args: Arguments): Promise<number> {
  const since = performance.now();
  const { pid } = await askStatus(args);
  const ms = Number((performance.now() - since).toFixed(2));
  show(
    args.json,
    { pid, ms },
    () => console.log(`${pid} answered in ${ms} ms`),
  );
  return ExitCode.ok;
}
