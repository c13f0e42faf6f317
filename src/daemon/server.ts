import { inspect } from "./capture_output.ts";
import { checkClose } from "./check_server_options.ts";
import type { CloseOptions, CreateIface, Server } from "./create_iface.ts";
import type { ServerOptions } from "./create_server.ts";
import { delay, setTimer, within } from "../time.ts";
import { toLimits } from "../limits.ts";
import type { Log } from "../files/log.ts";
import { Pidfile } from "../files/pidfile.ts";
import { Refcount } from "./refcount.ts";
import { RefEvents } from "./ref_events.ts";
import { toReport } from "./report.ts";
import { claimSocket, ServerSocket } from "./server_socket.ts";
import { DaemonSession, type SessionHost } from "./session.ts";
import { Sessions } from "./sessions.ts";
import type { Duplex } from "../wire/duplex.ts";
import { toErrorData } from "../wire/error_data.ts";
import { Latch } from "../wire/latch.ts";
import { looked } from "../wire/turns.ts";
import { type SocketClaim, wasClosed } from "../files/socket_claim.ts";
import { fullText } from "./turned_away.ts";

/** How long a refcount of 0 has to last before an idle server closes, in milliseconds. */
const AUTOCLOSE_DELAY = 1000;
/** How long a closing server waits for what it has begun, in milliseconds. */
const DRAIN_TIMEOUT = 5000;
/** How long what was cut off may take to be disposed of, in milliseconds. */
const DISPOSE_TIMEOUT = 500;
/** How long those who came before the end are let in, in milliseconds. */
const BACKLOG_TIME = 5;
/** How long the news of an uncaught error may take to be told, in milliseconds. */
const FAIL_TIMEOUT = 200;

/** What a server knows that runs in a process of its own. */
export interface Spawned {
  readonly log: Log;
  readonly rpcfile: string;
  /** Told as soon as clients are served: the starter need not wait for what is still to do. */
  onReady(): void;
}

/** What `createServer` makes; the daemon's process also hands it its claim. */
export class DaemonServer implements Server {
  readonly #host: SessionHost;
  readonly #options: ServerOptions;
  readonly #spawned: Spawned | undefined;
  readonly #refcount = new Refcount(() => this.close({}, "as nobody uses it"));
  readonly #instance = crypto.randomUUID();
  readonly #startedAt: string;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  /** What still runs is waited for no longer. */
  readonly #overdue = new Latch();
  readonly #sessions = new Sessions(this.#instance);
  #listening = false;
  #closing = false;
  #ifaceMade = false;
  #failure: Error | undefined;
  #socket: ServerSocket | undefined;
  #pidfile: Pidfile | undefined;

  /** Used by `createServer`, `listen` and the daemon. */
  constructor(
    createIface: CreateIface,
    options: ServerOptions,
    spawned?: Spawned,
  ) {
    this.#spawned = spawned;
    // Before its code was read, which may have changed since.
    const startedAt = spawned ? performance.timeOrigin : Date.now();
    this.#startedAt = new Date(startedAt).toISOString();
    this.#options = options;
    // One for all: a thousand sessions would have as many of each function.
    this.#host = {
      server: this,
      createIface,
      args: options.args ?? [],
      limits: toLimits(options),
      isClosing: () => this.#closing,
      failure: () => this.#failure,
      drainTimeout: options.drainTimeout ?? DRAIN_TIMEOUT,
      refEvents: new RefEvents(() => this.ref()),
      findSession: (id) => this.#sessions.find(id),
      hello: () => this.#hello(),
      status: () => this.#status(),
      onIface: (failure) => this.#onIface(failure),
      shutdown: (options) => this.close(options, "as it was asked to"),
      onLateDisposal: (ended) => void this.#sessions.keep(ended),
      onLostError: toReport(options),
      followLog: (listener) => this.#spawned?.log.listen(listener),
    };
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
    const { pidfile } = this.#options;
    return this.start(() =>
      claimSocket(sockfile, pidfile, () => this.#closing)
    );
  }

  /** Listens with a claim on the socket. Returns `ready`, so that a failure is one rejection. */
  start(
    takeClaim: () => SocketClaim | Promise<SocketClaim>,
  ): Promise<void> {
    if (this.#closing) return Promise.reject(wasClosed());
    if (this.#listening) {
      const error = new TypeError("Cannot listen: the server listens already");
      return Promise.reject(error);
    }
    this.#listening = true;
    this.#start(takeClaim).then(this.#ready.resolve, (error) => {
      // Whoever has closed it perhaps waits for nothing but its end.
      if (this.#closing) this.ready.catch(() => {});
      this.#ready.reject(error);
      this.close({}, "as it cannot listen");
    });
    return this.ready;
  }

  /** There is nothing to listen to: whoever is served comes by memory. */
  serveInline(): void {
    this.#listening = true;
    this.#ready.resolve();
  }

  async #start(
    takeClaim: () => SocketClaim | Promise<SocketClaim>,
  ): Promise<void> {
    const claim = await takeClaim();
    if (this.#closing) {
      claim.release();
      throw wasClosed();
    }
    const socket = this.#socket = new ServerSocket(claim, {
      serve: (conn) => this.serve(conn),
      refusal: () => this.#refusal(),
      onClaimLost: () => this.close({}, "as its lock was removed"),
      report: this.#host.onLostError,
    });
    await socket.open();
    const { pidfile, autoclose } = this.#options;
    if (pidfile !== undefined) this.#pidfile = new Pidfile(pidfile);
    if (autoclose && !this.#closing) {
      const delay = autoclose === true ? AUTOCLOSE_DELAY : autoclose;
      // Whoever had it started is on the way.
      this.#refcount.start(delay, this.#spawned && AUTOCLOSE_DELAY);
    }
    this.#spawned?.onReady();
    socket.watch();
  }

  /** `why` is for the log. */
  close(options: CloseOptions = {}, why = "as its own code has it"): void {
    checkClose(options);
    const { drainTimeout = this.#host.drainTimeout } = options;
    if (this.#closing) {
      // Who says nothing of the time leaves it as it is.
      if (options.drainTimeout !== undefined) this.#limitDrain(drainTimeout);
      return;
    }
    this.#closing = true;
    this.#spawned?.log.write(`Closing, ${why}`);
    if (!this.#listening) {
      this.ready.catch(() => {}); // perhaps nobody waits for it
      this.#ready.reject(wasClosed());
    }
    this.#refcount.stop();
    this.#socket?.unbind();
    this.#end(drainTimeout);
  }

  /**
   * Ends the server by an error that nobody caught: clients are told, and
   * nothing is waited for, as what still runs cannot be trusted.
   */
  fail(error: unknown): void {
    const log = this.#spawned ? `; see "${this.#spawned.log.path}"` : "";
    const { name, message } = toErrorData(error);
    this.#failure = new Error(
      `The daemon dies of an error that nobody caught: ${name}: ${message}${log}`,
      { cause: error },
    );
    this.#sessions.fail(this.#failure);
    this.close({ drainTimeout: FAIL_TIMEOUT }, "as nobody caught an error");
  }

  async #end(drainTimeout: number): Promise<void> {
    this.#sessions.close();
    // Nobody finds the socket any more. Whoever had come to it before is let in,
    // to be told so; a connection that just broke could mean anything.
    if (this.#socket) {
      await delay(BACKLOG_TIME);
      await looked();
    }
    this.#socket?.close();
    const ended = this.#sessions.end();
    this.#limitDrain(drainTimeout);
    await Promise.race([ended, this.#overdue.promise]);
    this.#sessions.cut();
    await within(DISPOSE_TIMEOUT, this.#sessions.closed());
    this.#removePidfile();
    this.#socket?.release();
    this.#closed.resolve();
    if (!this.#options.exit) return;
    await delay(0); // whoever waits for `closed` hears of it before
    Deno.exit();
  }

  // The shortest of several holds.
  #limitDrain(milliseconds: number): void {
    const timer = setTimer(milliseconds, () => this.#overdue.open());
    this.closed.then(() => timer[Symbol.dispose]());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  #removePidfile(): void {
    try {
      this.#pidfile?.[Symbol.dispose]();
    } catch (error) {
      this.#host.onLostError(error, "removing the pidfile");
    }
  }

  #refusal(): string | undefined {
    const { maxConnections } = this.#host.limits;
    // One that is closing has few, and says so.
    return this.#closing || this.#sessions.size < maxConnections
      ? undefined
      : fullText(maxConnections);
  }

  /** Serves one client, whose end of the connection is the other one. */
  serve(duplex: Duplex): void {
    const session = this.#sessions.serve((id) =>
      new DaemonSession(id, duplex, this.#host)
    );
    if (this.#closing) session.close();
  }

  // A spawned daemon that never got as far as an iface has nothing to keep, and
  // would go on to fail when its rpcfile has been mended.
  #onIface(failure?: { readonly error: unknown }): void {
    if (failure === undefined) this.#ifaceMade = true;
    else if (this.#spawned) {
      this.#spawned.log.write(`The factory failed: ${inspect(failure.error)}`);
      if (!this.#ifaceMade) this.close({}, "as it has no iface");
    }
  }

  #hello(): Record<string, unknown> {
    return {
      pid: Deno.pid,
      instance: this.#instance,
      startedAt: this.#startedAt,
      version: this.#options.version,
      rpcfile: this.#spawned?.rpcfile,
      logfile: this.#spawned?.log.path,
      limits: this.#host.limits,
    };
  }

  #status(): Record<string, unknown> {
    return {
      ...this.#hello(),
      refcount: this.refcount,
      sessions: this.#sessions.size,
      calls: this.#sessions.calls,
      streams: this.#sessions.streams,
      sockfile: this.#socket?.path,
      memory: Deno.memoryUsage(),
    };
  }
}
