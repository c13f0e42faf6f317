import { toFlagLine } from "../permissions/flags.ts";
import { isGranted } from "../files/access.ts";
import { kindOf } from "../files/place.ts";
import { Watch } from "../files/watch.ts";
import { keepAlive } from "../time.ts";
import type { Arguments } from "./arguments.ts";
import { askStatus, type Status } from "./ask.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { writeOut } from "./print.ts";
import { readRange } from "./read_range.ts";

/** How much of the log is read at first to find its last lines, in bytes. */
const TAIL = 256 * 1024;

/** Shows the end of the log and, with `--follow`, what comes. */
export async function logs(args: Arguments): Promise<number> {
  const path = await findLog(args);
  let position = showEnd(path, args.lines);
  if (!args.follow) return ExitCode.ok;
  const failed = Promise.withResolvers<never>();
  const look = () => {
    try {
      position = copy(path, position);
    } catch (error) {
      failed.reject(error);
    }
  };
  using _alive = keepAlive();
  using _watch = new Watch(path, look, () => {}); // it looks nevertheless
  return await failed.promise;
}

/**
 * The log of a daemon, which tells of it. One in the foreground has none: what
 * is in its place is of another one. One that does not run may have left one.
 */
export function logOf(
  { logfile, sockfile }: Arguments,
  status: Status | undefined,
): string | undefined {
  return logfile ?? (status ? status.logfile : `${sockfile}.log`);
}

async function findLog(args: Arguments): Promise<string> {
  if (args.logfile !== undefined) return args.logfile;
  const status = await askStatus(args).catch(() => undefined);
  const log = logOf(args, status);
  if (log !== undefined) return log;
  throw new CliError(
    ExitCode.failed,
    `Cannot show the log of the daemon at "${args.sockfile}": it has none, as it was not started by autod(), and prints to the stdout and stderr of its own process, ${status?.pid}; name a log by --logfile`,
  );
}

function showEnd(path: string, lines: number): number {
  using file = open(path);
  const size = sizeOf(file);
  for (let tail = TAIL;; tail *= 4) {
    const from = Math.max(0, size - tail);
    const bytes = readRange(file, from, size);
    const start = startOfLast(bytes, lines);
    // Where it is the first byte, the line may begin before it, and others.
    if (start === 0 && from > 0) continue;
    writeOut(bytes.subarray(start));
    return size;
  }
}

/** Where the last so many lines begin. */
function startOfLast(bytes: Uint8Array, lines: number): number {
  const lineFeed = 0x0a;
  let at = bytes.length;
  for (let left = lines; left > 0 && at > 0; left--) {
    // What is below 0 would count from the end.
    at = at === 1 ? 0 : bytes.lastIndexOf(lineFeed, at - 2) + 1;
  }
  return at;
}

function copy(path: string, from: number): number {
  using file = open(path);
  const size = sizeOf(file);
  writeOut(readRange(file, size < from ? 0 : from, size)); // shorter: it was put aside
  return size;
}

// Deno permits no look at a file that was opened through a link to its directory.
function sizeOf(file: Deno.FsFile): number {
  return file.seekSync(0, Deno.SeekMode.End);
}

function open(path: string): Deno.FsFile {
  if (!isGranted("read", path)) {
    throw new CliError(
      ExitCode.failed,
      `Cannot read the log "${path}": this command lacks a permission; run it with ${
        toFlagLine({ read: [path] })
      } as well`,
    );
  }
  try {
    const info = Deno.statSync(path);
    // A pipe would wait for whoever writes to it.
    if (info.isDirectory || info.isFifo) {
      throw new Error(`it is ${kindOf(info)}`);
    }
    return Deno.openSync(path);
  } catch (cause) {
    throw new CliError(
      ExitCode.failed,
      `Cannot read the log "${path}": ${
        (cause as Error).message
      }; name another by --logfile`,
      { cause },
    );
  }
}
