// What this library itself needs to be permitted, and what it lacks.
import { filesOf } from "../files/daemon_files.ts";
import { AutodError } from "../errors.ts";
import { type Permits, toFlagLine, unite } from "./flags.ts";
import { query } from "./query.ts";
import type { Kind } from "./rules.ts";

/** What a command needs to connect to a daemon. */
export function needsToConnect(sockfile: string): Permits {
  return { read: [sockfile], write: [sockfile], net: [`unix:${sockfile}`] };
}

/** What a command needs to start a daemon with `program`, and to connect to it. */
export function needsToStart(sockfile: string, program: string): Permits {
  const files = [filesOf(sockfile).spawnLock];
  const toStart = { read: files, write: files, run: [program] };
  return unite(needsToConnect(sockfile), toStart);
}

/**
 * Makes sure that this process may serve a socket itself.
 *
 * @throws {AutodError} If it may not; the message has the flags that it needs.
 */
export function checkMayServe(sockfile: string, pidfile?: string): void {
  const { fresh, lock } = filesOf(sockfile);
  const files = [sockfile, fresh, lock];
  if (pidfile !== undefined) files.push(pidfile);
  const net = [`unix:${sockfile}`, `unix:${fresh}`];
  const needs = { read: files, write: files, net };
  const lacks = lackingFlags(needs);
  if (lacks === "") return;
  throw new AutodError(
    "not-permitted",
    `Cannot listen on "${sockfile}": this process lacks ${lacks}; run it with ${
      toFlagLine(needs)
    }`,
    { sockfile },
  );
}

/** The flags for what this process is not permitted of `needs`; none if it is permitted all. */
export function lackingFlags(needs: Permits): string {
  const lacks = Object.entries(needs).map(([name, coverage]) => {
    const kind = name as Kind;
    const isLacking = (item?: string) => query(kind, item) !== "all";
    return [
      kind,
      coverage === true
        ? isLacking() || []
        : coverage.filter((item) => isLacking(item)),
    ] as const;
  });
  return toFlagLine(Object.fromEntries(lacks));
}

/**
 * The program that runs daemons: the one that the option `execPath` names, or
 * the deno that this process may run.
 */
export function findProgram(execPath: string | undefined): string {
  if (execPath !== undefined) return execPath;
  // Linux adds that to the path of a program which was replaced, as by an upgrade.
  const own = Deno.execPath().replace(/ \(deleted\)$/, "");
  // `--allow-run=deno` does not cover the path that a link of that name leads to.
  return query("run", own) !== "all" && query("run", "deno") === "all"
    ? "deno"
    : own;
}
