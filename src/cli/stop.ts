import { delay } from "../time.ts";
import { filesOf } from "../files/daemon_files.ts";
import { isLocked, readNote } from "../files/lockfile.ts";
import { quote } from "../quote.ts";
import type { Arguments } from "./arguments.ts";
import { ask, foreign, NotServedError } from "./ask.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { isGone, isHeld, LOOK_INTERVAL } from "./holder.ts";
import { kill, type Killed } from "./kill.ts";
import { show } from "./print.ts";

/** Ends the daemon, and waits until it has ended. */
export async function stop(args: Arguments): Promise<number> {
  const state = await end(args);
  const next = args.command === "restart" ? "; the next command starts it" : "";
  show(args.json, { state }, () => console.log(`${state}${next}`));
  return ExitCode.ok;
}

type State = Killed | "not running";

async function end(args: Arguments): Promise<State> {
  const { sockfile, force, timeout } = args;
  const { lock } = filesOf(sockfile);
  let { pid: holder } = readNote(lock);
  const deadline = performance.now() + timeout;
  let timeLeft = timeout;
  let state: State = "not running";
  for (;;) {
    const answer = await askToClose(args, timeLeft);
    if (answer === "told") break;
    if (answer === "absent" && !isHeld(lock, holder)) return state;
    if (force) return await kill(sockfile, holder);
    timeLeft = deadline - performance.now();
    if (timeLeft <= 0) throw notGone(args, "starting or closing");
    // It ends by itself, or is asked when it serves.
    await delay(LOOK_INTERVAL);
    state = "stopped";
  }
  // It may have come after the one that held the lock before.
  const { pid, state: its } = readNote(lock);
  if (its === "closing") holder = pid;
  if (await isGone(lock, holder, deadline)) return "stopped";
  if (force) return await kill(sockfile, holder);
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
    if (isLocked(filesOf(sockfile).lock)) return "stuck";
    throw error.code === ExitCode.notResponding
      ? noDaemon(sockfile, error)
      : error;
  }
}

function noDaemon(sockfile: string, cause: Error): CliError {
  return new CliError(
    ExitCode.failed,
    `Cannot end what listens at "${sockfile}": it does not answer, and is no daemon, as nobody holds "${
      filesOf(sockfile).lock
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
