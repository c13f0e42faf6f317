import { lstatIfThere } from "../files/if_there.ts";
import { isGranted } from "../files/access.ts";
import { misplaced } from "./check_files.ts";
import { type Found, ok, warning } from "./finding.ts";
import { readRange } from "./read_range.ts";

/** How much of the log is searched for an error, in bytes. */
const TAIL = 64 * 1024;

/**
 * Looks in the log for the last error of the daemon with the id `pid`, or of
 * the one that wrote last.
 */
export function checkLog(path: string, pid: number | undefined): Found {
  if (!isGranted("read", path)) {
    return warning("this command may not read it");
  }
  const info = lstatIfThere(path);
  if (info === undefined) {
    return pid === undefined
      ? ok("there is none")
      : warning("it was removed: what the daemon prints is lost until it ends");
  }
  // As /dev/null, which a daemon takes.
  if (info.isCharDevice) return ok("it is a device");
  if (!info.isFile) return misplaced(info);
  using file = Deno.openSync(path);
  const { size } = info;
  const bytes = readRange(file, Math.max(0, size - TAIL), size);
  const lines = new TextDecoder().decode(bytes).split("\n");
  const whole = size > TAIL ? "its last 64 KiB have" : "it has";
  const error = linesOf(lines, pid)
    .findLast((line) => /\b(?:Uncaught|Fatal|\w*Error)\b/.test(line));
  return error === undefined
    ? ok(`${whole} no error`)
    : warning(`its last error is: ${error}`);
}

/** The lines of one daemon, with those that Deno itself wrote after one of them. */
function linesOf(lines: readonly string[], pid: number | undefined): string[] {
  const writers: (number | undefined)[] = [];
  for (const line of lines) writers.push(writerOf(line) ?? writers.at(-1));
  const wanted = pid ?? writers.at(-1);
  return lines.filter((_line, i) => writers[i] === wanted);
}

// Each line of a daemon begins with the time and its pid.
function writerOf(line: string): number | undefined {
  const pid = /^\d{4}-\S+Z (\d+) /.exec(line)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
