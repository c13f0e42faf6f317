import type { CloseOptions, CreateIface, Server } from "./create_iface.ts";
import { delay } from "./delay.ts";
import { checkDuration } from "./duration.ts";
import type { Log } from "./log.ts";
import { toPath, toSockfile } from "./paths.ts";
import { MAX_MESSAGE_BYTES } from "./protocol.ts";
import { AUTOCLOSE_DELAY, Refcount } from "./refcount.ts";
import {
  checkServerOptions,
  DRAIN_TIMEOUT,
  type ServerOptions,
} from "./server_options.ts";
import { DaemonSession } from "./session.ts";
import { Sessions } from "./sessions.ts";
import type { Duplex } from "./wire/duplex.ts";
import { toErrorData } from "./wire/error_data.ts";
import { removeIfThere } from "./if_there.ts";
import { readClaim } from "./lockfile.ts";
import { SocketClaim } from "./socket_claim.ts";

/** How long what was cut off may take to be disposed of, in milliseconds. */
const DISPOSE_TIMEOUT = 500;
/** How long to wait when the process is out of descriptors, in milliseconds. */
const ACCEPT_PAUSE = 100;
/** How long those who came before the end are let in, in milliseconds. */
const BACKLOG_TIME = 5;
/** How long the news of an uncaught error may take to be told, in milliseconds. */
const FAIL_TIMEOUT = 200;
/** How long `listen()` waits for a daemon that is closing, in milliseconds. */
const CLAIM_TIMEOUT = 10_000;

/** What a server knows that runs in a process of its own. */
export interface Spawned {
  readonly log: Log;
  readonly rpcfile: string;
}

/** What `createServer` makes; the daemon's process also hands it its claim. */
export class DaemonServer implements Server {
  readonly #createIface: CreateIface;
  readonly #options: ServerOptions;
  readonly #spawned: Spawned | undefined;
  readonly #refcount: Refcount;
  readonly #instance = crypto.randomUUID();
  readonly #startedAt = new Date().toISOString();
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #sessions = new Sessions();
  #sessionCount = 0;
  #claim: SocketClaim | undefined;
  #listener: Deno.UnixListener | undefined;
  #listening = false;
  #closing = false;
  #ifaceMade = false;
  #pidfile: string | undefined;

  /** Used by `createServer`, `listen` and the daemon. */
  constructor(
    createIface: CreateIface,
    options: ServerOptions,
    spawned?: Spawned,
  ) {
    this.#spawned = spawned;
    this.#createIface = createIface;
    this.#options = options;
    const { autoclose } = options;
    checkServerOptions(options);
    const delay = autoclose === true ? AUTOCLOSE_DELAY : autoclose || undefined;
    this.#refcount = new Refcount(delay, () => this.close());
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Whether it takes no more clients. */
  get isClosing(): boolean {
    return this.#closing;
  }

  get refcount(): number {
    return this.#refcount.count;
  }

  ref(): Disposable {
    return this.#refcount.hold();
  }

  listen(sockfile: string | URL): Promise<void> {
    return this.start(async () => {
      const path = toSockfile(sockfile);
      const { pidfile } = this.#options;
      const { checkMayServe } = await import("./needs.ts");
      checkMayServe(path, pidfile && toPath(pidfile, "pidfile"));
      const claim = await SocketClaim.take(path, CLAIM_TIMEOUT);
      if (claim !== undefined) return claim;
      const pid = readClaim(path)?.pid;
      throw new Deno.errors.AddrInUse(
        `Cannot listen on "${path}": the daemon ${
          pid === undefined ? "" : `with the pid ${pid} `
        }serves it already`,
      );
    });
  }

  #refuseToListen(): void {
    this.#listening = true;
    this.#ready.promise.catch(() => {}); // perhaps nobody waits for it
    this.#ready.reject(new TypeError("Cannot listen: the server was closed"));
  }

  /** Listens with a claim on the socket. Returns `ready`, so that a failure is one rejection. */
  start(
    takeClaim: () => SocketClaim | Promise<SocketClaim>,
  ): Promise<void> {
    if (this.#listening) {
      throw new TypeError("Cannot listen: the server listens already");
    }
    this.#listening = true;
    this.#start(takeClaim).then(this.#ready.resolve, (error) => {
      this.#ready.reject(error);
      this.close();
    });
    return this.ready;
  }

  async #start(
    takeClaim: () => SocketClaim | Promise<SocketClaim>,
  ): Promise<void> {
    const claim = await takeClaim();
    try {
      await claim.checkFree();
      if (this.#closing) {
        throw new TypeError("Cannot listen: the server was closed");
      }
    } catch (error) {
      claim.release();
      throw error;
    }
    this.#claim = claim;
    this.#bind(claim);
    this.#writePidfile();
    // Whoever had it started is on the way.
    this.#refcount.start(this.#spawned && AUTOCLOSE_DELAY);
    this.#watch(claim);
  }

  #watch(claim: SocketClaim): void {
    try {
      claim.watch(() => this.#rebind(), () => this.close());
    } catch (error) {
      // The system has no watcher left: a socket that gets lost stays lost.
      this.#report(error, "watching over the socket");
    }
  }

  close(options: CloseOptions = {}): void {
    checkDuration("drainTimeout", options.drainTimeout, 0);
    const drainTimeout = options.drainTimeout ?? this.#options.drainTimeout ??
      DRAIN_TIMEOUT;
    if (this.#closing) {
      if (drainTimeout === 0) this.#sessions.destroy();
      return;
    }
    this.#closing = true;
    if (!this.#listening) this.#refuseToListen();
    this.#refcount.stop();
    this.#unbind();
    this.#end(drainTimeout);
  }

  /**
   * Ends the server by an error that nobody caught: clients are told, and
   * nothing is waited for, as what still runs cannot be trusted.
   */
  fail(error: unknown): void {
    const log = this.#spawned ? `; see "${this.#spawned.log.path}"` : "";
    const { name, message } = toErrorData(error);
    this.#sessions.fail(
      new Error(
        `The daemon dies of an error that nobody caught: ${name}: ${message}${log}`,
        { cause: error },
      ),
    );
    this.close({ drainTimeout: FAIL_TIMEOUT });
  }

  async #end(drainTimeout: number): Promise<void> {
    this.#sessions.close();
    // Nobody finds the socket any more. Whoever had come to it before is let in,
    // to be told so; a connection that just broke could mean anything.
    await delay(BACKLOG_TIME);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.close();
    if (!await this.#sessions.end(drainTimeout)) {
      this.#sessions.destroy();
      await this.#sessions.end(DISPOSE_TIMEOUT);
    }
    this.#removePidfile();
    this.#claim?.release();
    this.#closed.resolve();
    if (this.#options.exit) Deno.exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  // A pidfile that a killed daemon left is replaced, never written through: it
  // could be a link by now.
  #writePidfile(): void {
    if (this.#options.pidfile === undefined) return;
    const pidfile = toPath(this.#options.pidfile, "pidfile");
    removeIfThere(pidfile);
    Deno.writeTextFileSync(pidfile, `${Deno.pid}\n`, {
      createNew: true,
      mode: 0o600,
    });
    this.#pidfile = pidfile;
  }

  #removePidfile(): void {
    try {
      if (this.#pidfile !== undefined) removeIfThere(this.#pidfile);
    } catch (error) {
      this.#report(error, "removing the pidfile");
    }
  }

  #bind(claim: SocketClaim): void {
    const old = this.#listener;
    this.#listener = claim.bind();
    old?.close();
    this.#accept(this.#listener);
  }

  #rebind(): void {
    try {
      this.#bind(this.#claim!);
    } catch (error) {
      this.#report(error, "putting the socket back");
    }
  }

  async #accept(listener: Deno.UnixListener): Promise<void> {
    while (this.#listener === listener) {
      try {
        this.serve(await listener.accept());
      } catch (error) {
        if (this.#listener !== listener) return;
        // Out of descriptors, most likely: others are served all the while.
        this.#report(error, "accepting a connection");
        await delay(ACCEPT_PAUSE);
      }
    }
  }

  /** Serves one client, whose end of the connection is the other one. */
  serve(duplex: Duplex): void {
    const { maxMessageBytes = MAX_MESSAGE_BYTES, args = [] } = this.#options;
    const session = new DaemonSession(
      `${this.#instance}/${++this.#sessionCount}`,
      duplex,
      {
        server: this,
        createIface: this.#createIface,
        args,
        maxMessageBytes,
        isClosing: () => this.#closing,
        hold: () => this.ref(),
        findSession: (id) => this.#sessions.find(id),
        hello: () => this.#hello(),
        status: () => this.#status(),
        onIface: (made) => this.#onIface(made),
        onLostError: (error, what) => this.#report(error, what),
        followLog: (listener) => this.#spawned?.log.listen(listener),
      },
    );
    this.#sessions.serve(session);
    if (this.#closing) session.close();
  }

  // A spawned daemon that never got as far as an iface has nothing to keep, and
  // would go on to fail when its rpcfile has been mended.
  #onIface(made: boolean): void {
    if (made) this.#ifaceMade = true;
    else if (this.#spawned && !this.#ifaceMade) this.close();
  }

  #hello(): Record<string, unknown> {
    return {
      pid: Deno.pid,
      instance: this.#instance,
      startedAt: this.#startedAt,
      version: this.#options.version,
    };
  }

  #status(): Record<string, unknown> {
    return {
      ...this.#hello(),
      refcount: this.refcount,
      sessions: this.#sessions.size,
      calls: this.#sessions.calls,
      streams: this.#sessions.streams,
      sockfile: this.#claim?.sockfile,
      rpcfile: this.#spawned?.rpcfile,
      logfile: this.#spawned?.log.path,
      memory: Deno.memoryUsage(),
    };
  }

  #unbind(): void {
    try {
      this.#claim?.unbind();
    } catch (error) {
      // It leads nowhere from now on, and the next daemon replaces it.
      this.#report(error, "removing the socket");
    }
  }

  #report(error: unknown, what: string): void {
    try {
      const { onError } = this.#options;
      if (onError) onError(error, what);
      else console.error(`Error in ${what}:`, error);
    } catch {
      // It must not keep the server from going on.
    }
  }
}
