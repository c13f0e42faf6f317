import { join } from "@std/path";
import { lstatIfThere } from "../files/if_there.ts";
import { SocketClaim } from "../files/socket_claim.ts";
import { inTime } from "./deadline.ts";
import { soon } from "./soon.ts";

/** How long a daemon may take to end when its test is over, in milliseconds. */
const END_TIMEOUT = 5000;

/**
 * A temporary folder for one test, with room for sockets and rpcfiles. At its
 * end it stops the daemons of the folder, and fails the test if one is left
 * that cannot be reached by its socket.
 */
export class Sandbox implements AsyncDisposable {
  /** The folder, whose path is short enough for sockets. */
  readonly dir: string;
  /** The socket that most tests use. */
  readonly sockfile: string;
  readonly #processes: Deno.ChildProcess[] = [];

  /** Makes the folder. */
  constructor() {
    this.dir = Deno.makeTempDirSync({ prefix: "autod-" });
    this.sockfile = this.path("d.sock");
  }

  /** The path of `name` in the folder. */
  path(name: string): string {
    return join(this.dir, name);
  }

  /** Writes a file, with the folders that it needs, and returns its path. */
  write(name: string, text: string): string {
    const path = this.path(name);
    Deno.mkdirSync(join(path, ".."), { recursive: true });
    Deno.writeTextFileSync(path, text);
    return path;
  }

  /** For the option `onProcess`: a daemon's process that the test started has to be waited for. */
  readonly onProcess = (process: Deno.ChildProcess): void => {
    this.#processes.push(process);
  };

  /** Asks the daemon of a socket to end at once, and waits until its lock is free. */
  async stop(sockfile: string = this.sockfile): Promise<void> {
    await this.request("$/shutdown", { force: true }, sockfile);
    await this.released(sockfile);
  }

  /** Waits until no daemon holds the socket any more; there may be none. */
  async released(sockfile: string = this.sockfile): Promise<void> {
    const claim = await SocketClaim.take(sockfile, END_TIMEOUT);
    if (claim === undefined) throw new Error(`A daemon serves "${sockfile}"`);
    claim.release();
  }

  /** Sends one request as a plain client, and resolves to the line that answers it. */
  async request(
    method: string,
    params: object = [],
    sockfile: string = this.sockfile,
  ): Promise<string> {
    using conn = await Deno.connect({ transport: "unix", path: sockfile });
    const request = { jsonrpc: "2.0", id: 1, method, params };
    await conn.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    await conn.closeWrite();
    return (await new Response(conn.readable).text()).trim();
  }

  /** Stops what is left, looks for daemons that got lost, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    // One whose start nobody waits for any more may be ready only now.
    const left = await this.#waitForEnd({ stop: () => this.#stopAll() });
    for (const pid of left) Deno.kill(pid, "SIGKILL");
    for (const { status } of this.#processes) {
      // They are unref'd; the deadline keeps the test waiting.
      await inTime(status, "the end of a daemon's process");
    }
    Deno.removeSync(this.dir, { recursive: true });
    if (left.length > 0) {
      throw new Error(`The test left daemons behind: ${left.join(", ")}`);
    }
  }

  /**
   * Resolves when the folder has no daemon, or none but `pid`: one that finds
   * another in its place takes a moment to end.
   *
   * @throws {Error} If there still is one after a while.
   */
  async onlyDaemon(pid?: number): Promise<void> {
    const left = await this.#waitForEnd({ but: pid });
    if (left.length === 0) return;
    throw new Error(`These daemons do not end: ${left.join(", ")}`);
  }

  async #stopAll(): Promise<void> {
    for (const socket of socketsIn(this.dir)) {
      await this.stop(socket).catch(() => {}); // it is looked for
    }
  }

  /** Resolves to the daemons but one that have not ended after a while. */
  async #waitForEnd(
    { but, stop }: {
      readonly but?: number;
      readonly stop?: () => Promise<void>;
    },
  ): Promise<number[]> {
    let left: number[] = [];
    await soon(async () => {
      await stop?.();
      left = this.daemons().filter((pid) => pid !== but);
      return left.length === 0;
    }, END_TIMEOUT);
    return left;
  }

  /** The ids of the daemons that belong to the folder, by their arguments or working directory. */
  daemons(): number[] {
    return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name))
      .filter((pid) => pid !== Deno.pid && this.#isDaemon(pid));
  }

  #isDaemon(pid: number): boolean {
    try {
      const args = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
      if (!args.includes("--no-prompt") || !args.endsWith("\0-\0")) {
        return false;
      }
      return args.includes(this.dir) ||
        Deno.readLinkSync(`/proc/${pid}/cwd`).startsWith(this.dir);
    } catch {
      return false; // it has ended, or it is no process
    }
  }
}

function* socketsIn(dir: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(dir)) {
    const path = join(dir, name);
    if (isDirectory) yield* socketsIn(path);
    else if (lstatIfThere(path)?.isSocket) yield path;
  }
}
