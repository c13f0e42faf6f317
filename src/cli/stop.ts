import { delay } from "../time.ts";
import {
  isLocked,
  lockfileOf,
  readHolder,
  readNote,
} from "../files/lockfile.ts";
import { isOwn, quote } from "../files/paths.ts";
import type { Arguments } from "./arguments.ts";
import { ask, foreign, NotServedError } from "./ask.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { show } from "./print.ts";

/** How often to look whether it has ended, in milliseconds. */
const INTERVAL = 20;
/** How long the system may take to end a process that was killed, in milliseconds. */
const KILL_TIME = 2000;
/** Where Linux tells who holds which lock. */
const LOCKS = "/proc/locks";

/** Ends the daemon, and waits until it has ended. */
export async function stop(args: Arguments): Promise<number> {
  const state = await end(args);
  const next = args.command === "restart" ? "; the next command starts it" : "";
  show(args.json, { state }, () => console.log(`${state}${next}`));
  return ExitCode.ok;
}

type State = "stopped" | "killed" | "not running";

async function end(args: Arguments): Promise<State> {
  const { sockfile, force, timeout } = args;
  const lock = lockfileOf(sockfile);
  let { pid: holder } = readNote(lock);
  const deadline = performance.now() + timeout;
  let timeLeft = timeout;
  let state: State = "not running";
  for (;;) {
    const answer = await askToClose(args, timeLeft);
    if (answer === "told") break;
    if (answer === "absent" && !isHeld(lock, holder)) return state;
    if (force) return await kill(args, holder);
    timeLeft = deadline - performance.now();
    if (timeLeft <= 0) throw notGone(args, "starting or closing");
    // It ends by itself, or is asked when it serves.
    await delay(INTERVAL);
    state = "stopped";
  }
  // It may have come after the one that held the lock before.
  const { pid, state: its } = readNote(lock);
  if (its === "closing") holder = pid;
  if (await isGone(lock, holder, deadline)) return "stopped";
  if (force) return await kill(args, holder);
  throw notGone(args, "closing");
}

/** Whether a daemon was told to close, or there is none, or it has to be killed. */
async function askToClose(
  args: Arguments,
  timeLeft: number,
): Promise<"told" | "absent" | "stuck"> {
  const { sockfile, force } = args;
  try {
    const said = await ask({ ...args, timeLeft }, "$/shutdown", { force });
    if (said !== null) throw foreign(sockfile);
    return "told";
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    if (error instanceof NotServedError) return "absent";
    if (!force) throw error;
    // Whatever is in the way, the lock tells whether there is a daemon.
    if (isLocked(lockfileOf(sockfile))) return "stuck";
    throw error.code === ExitCode.notResponding
      ? noDaemon(sockfile, error)
      : error;
  }
}

function noDaemon(sockfile: string, cause: Error): CliError {
  return new CliError(
    ExitCode.failed,
    `Cannot end what listens at "${sockfile}": it does not answer, and is no daemon, as nobody holds "${
      lockfileOf(sockfile)
    }"; choose another path, or end that program, which this finds: fuser ${
      quote(sockfile)
    }`,
    { cause },
  );
}

function notGone({ sockfile, timeout }: Arguments, state: string): CliError {
  return new CliError(
    ExitCode.notResponding,
    `Cannot wait any longer for the daemon at "${sockfile}": it is ${state}, and has not finished within ${timeout} ms; to end it at once: autod stop --force ${
      quote(sockfile)
    }`,
  );
}

async function kill(
  { sockfile }: Arguments,
  holder: number | undefined,
): Promise<State> {
  const lock = lockfileOf(sockfile);
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
      quote(lockfileOf(sockfile))
    }`,
  );
}

// Whoever else wrote it could have any process of this user's killed.
function checkOwner(sockfile: string): void {
  const lock = lockfileOf(sockfile);
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
  const lock = lockfileOf(sockfile);
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

async function isGone(
  lock: string,
  holder: number | undefined,
  deadline: number,
): Promise<boolean> {
  while (isHeld(lock, holder)) {
    if (performance.now() > deadline) return false;
    await delay(INTERVAL);
  }
  return true;
}

// A successor may have taken the lock at once, as somebody waited to start it.
function isHeld(lock: string, holder: number | undefined): boolean {
  const now = readHolder(lock);
  if (now === undefined) return false;
  return holder === undefined || now.pid === undefined || now.pid === holder;
}
