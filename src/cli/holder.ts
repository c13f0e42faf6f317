import { lockfileOf, type Note, readHolder } from "../files/lockfile.ts";
import { isGranted, quote } from "../files/paths.ts";

/** The process that holds the lock of a socket. */
export interface Holder {
  /** Its id, if it can be read just now. */
  readonly pid: number | undefined;
  /** Whether it starts or closes, and is to end that by itself. */
  readonly isPassing: boolean;
  /** What it does, if it does not serve. */
  readonly detail: string;
  /** What to do about it, if it does not serve. */
  readonly remedy: string;
}

/** Who holds the lock of a socket, if somebody does and this command may look. */
export function findHolder(sockfile: string): Holder | undefined {
  const note = readIfPermitted(lockfileOf(sockfile));
  if (note === undefined) return undefined;
  const { pid, state } = note;
  const isPassing = state === "starting" || state === "closing";
  const who = pid ?? "a process";
  return {
    pid,
    isPassing,
    detail: isPassing
      ? `${who} is ${state}, and serves nobody meanwhile`
      : `${who} holds the lock and does not serve`,
    // It may have begun to serve by now, or put back a socket that was removed.
    remedy: `look again; if it goes on so, end it with: autod stop --force ${
      quote(sockfile)
    }`,
  };
}

function readIfPermitted(lock: string): Note | undefined {
  if (!isGranted("read", lock) || !isGranted("write", lock)) return undefined;
  try {
    return readHolder(lock);
  } catch {
    return undefined; // the system denies it, as where nothing can be written
  }
}
