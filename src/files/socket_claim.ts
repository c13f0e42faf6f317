import { delay } from "../time.ts";
import { AutodError } from "../errors.ts";
import { lstatIfThere, removeIfThere } from "./if_there.ts";
import { filesOf } from "./daemon_files.ts";
import {
  type Note,
  openLockfile,
  readClaim,
  tryLock,
  writeNote,
} from "./lockfile.ts";
import type { OpenFile } from "./own_file.ts";
import {
  checkDirectory,
  checkPlace,
  explainFile,
  unsafeFile,
} from "./place.ts";
import { Watch } from "./watch.ts";

/** How often a claim that is about to be free is asked for, in milliseconds. */
const POLL_INTERVAL = 20;

/** What hears of the place of a socket. */
export interface Watcher {
  /** A client misses the socket, which cleaners of temporary files remove. */
  onSocketLost(): Promise<void>;
  /** The lock file itself was removed: this process is no longer the daemon. */
  onClaimLost(): void;
  /** It could not be looked at. */
  onError(error: unknown): void;
}

/**
 * The right to be the daemon of a socket: an exclusive lock on `<sockfile>.lock`,
 * held as long as the process serves. The kernel frees it when the process
 * dies, however it dies, and the file is never removed: whoever waits for a
 * lock on a removed file would share the socket with the holder of a new one.
 */
export class SocketClaim {
  readonly sockfile: string;
  readonly #lock: Deno.FsFile;
  readonly #lockInfo: Deno.FileInfo;
  #socketInode: number | null = null;
  #watch: Watch | undefined;
  #isUnbound = false;
  #released = false;

  private constructor(sockfile: string, { file, info }: OpenFile) {
    this.sockfile = sockfile;
    this.#lock = file;
    this.#lockInfo = info;
    this.#writeState("starting");
  }

  /**
   * Takes the claim, or returns `undefined` if another process has it.
   *
   * @throws {AutodError} If the directory does not exist, or others have a hand in the place, or something that is no socket is there.
   */
  static tryTake(sockfile: string): SocketClaim | undefined {
    checkPlace(sockfile);
    const { lock: path } = filesOf(sockfile);
    for (;;) {
      using opened = new DisposableStack();
      const lock = openLockfile(path, sockfile);
      const file = opened.use(lock.file);
      if (!tryLock(file, path)) return undefined;
      const { ino, uid } = lock.info;
      if (!isAt(path, ino)) continue; // removed by somebody between the two steps
      checkDirectory(sockfile, uid);
      opened.move();
      return new SocketClaim(sockfile, lock);
    }
  }

  /**
   * Takes the claim as soon as its holder lets go. Resolves to `undefined` if
   * the holder turns out to serve the socket instead.
   *
   * @throws {AutodError} If the holder does neither within `timeout` milliseconds.
   * @throws {TypeError} If whoever is to have it was closed meanwhile.
   */
  static async take(
    sockfile: string,
    timeout: number,
    isClosed: () => boolean = () => false,
  ): Promise<SocketClaim | undefined> {
    const deadline = performance.now() + timeout;
    for (;;) {
      // Each look also touches the lock file, which tells a holder whose
      // socket was removed that somebody misses it.
      const claim = SocketClaim.tryTake(sockfile);
      if (claim !== undefined) return claim;
      if (await knock(sockfile) === "open") return undefined;
      if (performance.now() > deadline) throw holderStuck(sockfile);
      // Polled, as a lock that is waited for cannot be given up any more.
      await delay(POLL_INTERVAL);
      if (isClosed()) throw wasClosed();
    }
  }

  /**
   * Starts to listen, in a place that is free or has a dead socket.
   *
   * @throws {AutodError} If another program has it, something that is no socket is where it is made, or the lock turns out to be another user's.
   */
  async bind(): Promise<Deno.UnixListener> {
    await this.#checkFree();
    if (this.#isUnbound) throw wasClosed();
    const { fresh } = filesOf(this.sockfile);
    checkPlace(this.sockfile, fresh);
    removeIfThere(fresh);
    // Bound beside its place and moved there whole: nobody ever connects to a
    // socket that does not listen yet, and closing the listener, which removes
    // the path that it bound, cannot remove a successor's socket.
    const listener = this.#listen(fresh);
    try {
      // Until then, the umask and the directory are what keeps others out.
      Deno.chmodSync(fresh, 0o600);
      const { ino, uid } = Deno.lstatSync(fresh);
      this.#checkLockOwner(uid);
      Deno.renameSync(fresh, this.sockfile);
      this.#socketInode = ino;
    } catch (error) {
      listener.close();
      throw explainFile(this.sockfile, error);
    }
    this.#writeState("serving");
    return listener;
  }

  #listen(path: string): Deno.UnixListener {
    try {
      return Deno.listen({ transport: "unix", path });
    } catch (error) {
      throw explainFile(this.sockfile, error);
    }
  }

  // Another program knows nothing of claims.
  async #checkFree(): Promise<void> {
    checkPlace(this.sockfile);
    // Mostly nothing is there: to knock would take each start a millisecond.
    if (lstatIfThere(this.sockfile) === undefined) return;
    if (await knock(this.sockfile) === "dead") return;
    throw new AutodError(
      "protocol",
      `Cannot use the sockfile "${this.sockfile}": another program listens there; choose another path, or end that program`,
      { sockfile: this.sockfile },
    );
  }

  // Root may open and touch anybody's file: what it has made itself tells who it is.
  #checkLockOwner(uid: number | null): void {
    const its = this.#lockInfo.uid;
    if (its === uid) return;
    const { sockfile } = this;
    throw unsafeFile(
      { path: filesOf(sockfile).lock, sockfile },
      `belongs to another user (${its}); choose a directory of your own`,
    );
  }

  /** Watches over the place as long as there is a socket. */
  watch({ onSocketLost, onClaimLost, onError }: Watcher): void {
    const { lock } = filesOf(this.sockfile);
    const look = async () => {
      if (!isAt(lock, this.#lockInfo.ino)) return onClaimLost();
      if (!isAt(this.sockfile, this.#socketInode)) await onSocketLost();
    };
    this.#watch = new Watch(lock, look, onError);
  }

  /** Takes the socket out of its place, so that nobody finds it any more. */
  unbind(): void {
    if (this.#released) return;
    this.#isUnbound = true;
    this.#watch?.[Symbol.dispose]();
    const inode = this.#socketInode;
    this.#socketInode = null;
    this.#writeState("closing");
    if (isAt(this.sockfile, inode)) removeIfThere(this.sockfile);
  }

  /** Lets the next daemon start. */
  release(): void {
    if (this.#released) return;
    this.unbind();
    this.#released = true;
    this.#lock.close();
  }

  #writeState(state: Note["state"]): void {
    writeNote(this.#lock, { pid: Deno.pid, state });
  }
}

/** The error of a server that was closed before it came to listen. */
export function wasClosed(): TypeError {
  return new TypeError("Cannot listen: the server was closed");
}

// A full backlog tells that somebody listens, and not that he serves; so does a
// socket of another kind.
async function knock(sockfile: string): Promise<"open" | "deaf" | "dead"> {
  try {
    const conn = await Deno.connect({ transport: "unix", path: sockfile });
    conn.close();
    return "open";
  } catch (error) {
    const isDead = error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.NotFound;
    return isDead ? "dead" : "deaf";
  }
}

function holderStuck(sockfile: string): AutodError {
  const { pid = "that fuser names", state } = readClaim(sockfile);
  const what = state === "closing"
    // It has heard of its end: a mere kill would tell it nothing new.
    ? `the daemon before, ${pid}, is still closing; try again when it has answered its calls, or end it at once with: kill -9 ${pid}`
    : `the process ${pid} holds "${
      filesOf(sockfile).lock
    }" and does not serve; end it with: kill ${pid}, or kill -9 ${pid} if it was stopped`;
  return new AutodError(
    "not-responding",
    `Cannot take the sockfile "${sockfile}": ${what}`,
    { sockfile },
  );
}

function isAt(path: string, inode: number | null): boolean {
  return inode !== null && lstatIfThere(path)?.ino === inode;
}
