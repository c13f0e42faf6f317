import { toFlagLine } from "../permissions/flags.ts";
import { isGranted } from "../files/paths.ts";
import { kindOf } from "../files/place.ts";
import type { Arguments } from "./arguments.ts";
import { askStatus, type Status } from "./ask.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { writeOut } from "./print.ts";
import { readRange } from "./read_range.ts";

/** How much of the log is read to find its last lines, in bytes. */
const TAIL = 256 * 1024;

/** Shows the end of the log and, with `--follow`, what comes. */
export async function logs(args: Arguments): Promise<number> {
  const path = await findLog(args);
  let position = showEnd(path, args.lines);
  if (!args.follow) return ExitCode.ok;
  // Begins to watch before it looks, so that nothing is missed between the two.
  using watcher = Deno.watchFs(path);
  position = copy(path, position);
  for await (const _event of watcher) position = copy(path, position);
  return ExitCode.ok;
}

/** The log of a daemon, which tells of it if it was given another place. */
export function logOf(
  { logfile, sockfile }: Arguments,
  status?: Status,
): string {
  return logfile ?? status?.logfile ?? `${sockfile}.log`;
}

async function findLog(args: Arguments): Promise<string> {
  if (args.logfile !== undefined) return args.logfile;
  // One that does not run may have left one.
  return logOf(args, await askStatus(args).catch(() => undefined));
}

function showEnd(path: string, lines: number): number {
  using file = open(path);
  const size = sizeOf(file);
  const bytes = readRange(file, Math.max(0, size - TAIL), size);
  writeOut(bytes.subarray(startOfLast(bytes, lines)));
  return size;
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
