import { filesOf } from "../files/daemon_files.ts";
import { type Permits, toFlagLine } from "../permissions/flags.ts";
import { lackingFlags, needsToConnect } from "../permissions/needs.ts";
import { dirname } from "../files/paths.ts";
import type { Arguments } from "./arguments.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { type Found, wrong } from "./finding.ts";

/** What a command needs to be permitted. */
function needsOf(args: Arguments): Permits {
  const { command, sockfile, logfile } = args;
  if (sockfile === "") return {};
  const needs = needsToConnect(sockfile);
  const { lock, spawnLock } = filesOf(sockfile);
  const locks = [sockfile, lock];
  switch (command) {
    case "logs":
      if (logfile !== undefined) return { read: [logfile] };
      // The daemon may name another, which is asked for by then.
      return { ...needs, read: [sockfile, `${sockfile}.log`] };
    case "stop":
    case "restart":
      // Deno lets only those end another process who may run everything.
      return { ...needs, read: locks, write: locks, run: args.force || [] };
    case "doctor":
      return {
        ...needs,
        read: [dirname(sockfile), ...logfile ? [logfile] : []],
        write: [...locks, spawnLock],
        sys: ["uid"],
      };
    default:
      return needs;
  }
}

/**
 * Makes sure that a command may do what it needs, before it tries: Deno would
 * ask the person at the terminal otherwise.
 *
 * @throws {CliError} If it may not; the message has the flags that it needs.
 */
export function checkPermitted(args: Arguments): void {
  const lack = findLack(args);
  if (lack === undefined) return;
  const { detail, remedy } = lack;
  throw new CliError(
    ExitCode.failed,
    `Cannot look after "${args.sockfile}": ${detail}; ${remedy}`,
  );
}

/** What a command is not permitted that it needs, if anything. */
export function findLack(args: Arguments): Found | undefined {
  const needs = needsOf(args);
  const lacks = lackingFlags(needs);
  if (lacks === "") return undefined;
  return wrong(
    `this command lacks ${lacks}`,
    `run it with ${toFlagLine(needs)}`,
  );
}
