import { filesOf } from "../files/daemon_files.ts";
import { type Note, readHolder } from "../files/lockfile.ts";
import { isGranted } from "../files/access.ts";
import { quote } from "../quote.ts";
import { delay } from "../time.ts";
import { type Found, warning, wrong } from "./finding.ts";

/** How often to look whether a process has ended, in milliseconds. */
export const LOOK_INTERVAL = 20;

/** The process that holds the lock of a socket, and what is wrong if it does not serve. */
export interface Holder {
  /** Its id, if it can be read just now. */
  readonly pid: number | undefined;
  readonly found: Found;
}

/** Who holds the lock of a socket, if somebody does and this command may look. */
export function findHolder(sockfile: string): Holder | undefined {
  const note = readIfPermitted(filesOf(sockfile).lock);
  if (note === undefined) return undefined;
  const { pid, state } = note;
  const isPassing = state === "starting" || state === "closing";
  const who = pid ?? "a process";
  // It may have begun to serve by now, or put back a socket that was removed.
  const remedy =
    `look again; if it goes on so, end it with: autod stop --force ${
      quote(sockfile)
    }`;
  const found = isPassing
    ? warning(`${who} is ${state}, and serves nobody meanwhile`, remedy)
    : wrong(`${who} holds the lock and does not serve`, remedy);
  return { pid, found };
}

function readIfPermitted(lock: string): Note | undefined {
  if (!isGranted("read", lock) || !isGranted("write", lock)) return undefined;
  try {
    return readHolder(lock);
  } catch {
    return undefined; // the system denies it, as where nothing can be written
  }
}

/** Waits until the process `holder` holds a lock no more; resolves to whether that was before `deadline`. */
export async function isGone(
  lock: string,
  holder: number | undefined,
  deadline: number,
): Promise<boolean> {
  while (isHeld(lock, holder)) {
    if (performance.now() > deadline) return false;
    await delay(LOOK_INTERVAL);
  }
  return true;
}

/**
 * Whether the process `holder` holds a lock, or anybody if that is not known: a
 * successor may have taken it at once, as somebody waited to start that.
 */
export function isHeld(lock: string, holder: number | undefined): boolean {
  const now = readHolder(lock);
  if (now === undefined) return false;
  return holder === undefined || now.pid === undefined || now.pid === holder;
}
