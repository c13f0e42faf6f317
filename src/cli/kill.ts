import { filesOf } from "../files/daemon_files.ts";
import { readNote } from "../files/lockfile.ts";
import { isOwn } from "../files/access.ts";
import { quote } from "../quote.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { isGone, isHeld } from "./holder.ts";

/** How long the system may take to end a process that was killed, in milliseconds. */
const KILL_TIME = 2000;
/** Where Linux tells who holds which lock. */
const LOCKS = "/proc/locks";

/** Whether it was killed, or had ended by itself. */
export type Killed = "stopped" | "killed";

/**
 * Ends the process that holds the lock of a socket, which is `holder` if that is
 * known, and no successor of that.
 *
 * @throws {CliError} If it cannot be ended, or might be another process.
 */
export async function kill(
  sockfile: string,
  holder: number | undefined,
): Promise<Killed> {
  const { lock } = filesOf(sockfile);
  const { pid } = readNote(lock);
  // A pid in a lock that nobody holds may be that of any other process by now.
  if (!isHeld(lock, holder)) return "stopped";
  if (pid === undefined) {
    throw cannotEnd(sockfile, "its lock file does not tell its pid; find it");
  }
  checkOwner(sockfile);
  const holders = holdersOf(lock);
  // What has ended meanwhile is no stranger.
  if (!isHeld(lock, holder)) return "stopped";
  checkHolder(sockfile, pid, holders);
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (await isGone(lock, holder, performance.now() + KILL_TIME)) {
    return "killed";
  }
  throw cannotEnd(
    sockfile,
    `${pid} has ended, and something still holds "${lock}"; find it`,
    ExitCode.notResponding,
  );
}

/** `why` it cannot be killed, and what there is to be found instead. */
function cannotEnd(
  sockfile: string,
  why: string,
  code: number = ExitCode.failed,
): CliError {
  return new CliError(
    code,
    `Cannot end the daemon at "${sockfile}": ${why} with: fuser ${
      quote(filesOf(sockfile).lock)
    }`,
  );
}

// Whoever else wrote it could have any process of this user's killed.
function checkOwner(sockfile: string): void {
  const { lock } = filesOf(sockfile);
  const { uid } = Deno.statSync(lock);
  if (isOwn(uid, (time) => Deno.utimeSync(lock, time, time))) return;
  throw cannotEnd(
    sockfile,
    `"${lock}" belongs to another user (${uid}), and may name any process; find the right one`,
  );
}

// A pid of another namespace, as a container's that shares the directory, is
// another process's in this one.
function checkHolder(
  sockfile: string,
  pid: number,
  holders: number[] | undefined,
): void {
  const { lock } = filesOf(sockfile);
  if (holders === undefined || holders.includes(pid)) return;
  throw cannotEnd(
    sockfile,
    `the process ${pid}, which "${lock}" names, does not hold it here; the daemon may be in another container: end it there, or find it`,
  );
}

/** Who holds the lock of a file here, if the system tells. See proc_locks(5). */
function holdersOf(lock: string): number[] | undefined {
  const text = readLocks();
  if (text === undefined) return undefined;
  const { ino } = Deno.statSync(lock);
  const entries = text.matchAll(/: FLOCK +\S+ +\S+ +(\d+) +\S+:(\d+) /g);
  return Array.from(entries)
    .filter(([, , inode]) => inode === `${ino}`)
    .map(([, pid]) => Number(pid));
}

// A list of paths that may be read cannot have this one; what ends a process may
// run any program.
function readLocks(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const { success, stdout } = new Deno.Command("cat", { args: [LOCKS] })
      .outputSync();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined; // there is no such program
  }
}
