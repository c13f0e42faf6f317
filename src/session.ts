import type { Session } from "./create_iface.ts";
import { isReserved, type Method } from "./methods.ts";
import { nearest } from "./nearest.ts";
import { type IfaceHost, SessionIface } from "./session_iface.ts";
import { PROTOCOL } from "./protocol.ts";
import { within } from "./within.ts";
import type { Call } from "./wire/call.ts";
import type { Duplex } from "./wire/duplex.ts";
import { ErrorCode, type Id, isRecord, type Request } from "./wire/message.ts";
import { RefusedError } from "./wire/answer.ts";
import { WireServer } from "./wire/server.ts";

/** What a session needs of the daemon that it belongs to. */
export interface SessionHost extends IfaceHost {
  readonly maxMessageBytes: number;
  isClosing(): boolean;
  hold(): Disposable;
  /** What the daemon says of itself in `$/hello`. */
  hello(): Record<string, unknown>;
  status(): Record<string, unknown>;
  /** The session of that id, if it goes on. */
  findSession(id: string): DaemonSession | undefined;
  /** Hands on what the daemon prints, if it has a log; the result ends that. */
  followLog(listener: (text: string) => void): Disposable | undefined;
}

/** How long a client that was told of the end may take to hang up, in milliseconds. */
const HANG_UP_TIMEOUT = 1000;

/** How long a client that says nothing keeps its session from closing, in milliseconds. */
const FIRST_MESSAGE_TIMEOUT = 50;
/** After how long a client hears that its iface is still being made, in milliseconds. */
const OPENING_DELAY = 1000;

/** One client of the daemon: makes its iface when it is first needed, and dispatches to it. */
export class DaemonSession implements Session {
  readonly id: string;
  readonly #host: SessionHost;
  readonly #wire: WireServer;
  readonly #controller = new AbortController();
  readonly #hungUp = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #iface: SessionIface;
  #current: Call | undefined;
  readonly #streams = new Set<DaemonSession>();
  /** The id of the request that made a stream of this connection. */
  #streamId: Id | undefined;
  #greeted = false;
  #failed = false;
  #closing = false;
  #log: Disposable | undefined;

  constructor(id: string, duplex: Duplex, host: SessionHost) {
    this.id = id;
    this.#host = host;
    this.#iface = new SessionIface(this, host);
    this.#wire = new WireServer(duplex, {
      maxMessageBytes: host.maxMessageBytes,
      handle: (request, call) => this.#handle(request, call),
      onLostError: (error, method) =>
        host.onLostError(error, `the method ${quote(method)}`),
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get callSignal(): AbortSignal {
    return this.#current?.signal ?? this.signal;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** How many calls are being waited for. */
  get calls(): number {
    return this.#wire.calls;
  }

  /** Whether its connection has become a stream. */
  get isStream(): boolean {
    return this.#wire.isStream;
  }

  ref(): Disposable {
    return this.#host.hold();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#close();
  }

  async #close(): Promise<void> {
    const reason = new DOMException("The session is closing", "AbortError");
    // A client of ours then sends its calls elsewhere, and hangs up when it has
    // its answers: nothing that it sent is left between the two.
    if (this.#greeted) this.#wire.notify("$/closing", {});
    // One that has just come is told why it is not served.
    await within(FIRST_MESSAGE_TIMEOUT, this.#wire.begun);
    await this.#wire.drained();
    const streams = Array.from(this.#streams, (stream) => stream.closed);
    for (const stream of this.#streams) stream.close();
    const ended = Promise.all([this.#wire.endStream(reason), ...streams]);
    // Whoever does not read, or does not hang up, is not waited for.
    const { promise: hungUp } = this.#hungUp;
    if (await within(HANG_UP_TIMEOUT, ended) && this.#greeted) {
      while (!await within(HANG_UP_TIMEOUT, hungUp) && this.calls > 0) {
        await this.#wire.drained();
      }
    }
    this.destroy();
    await this.closed;
  }

  destroy(reason?: unknown): void {
    this.#wire.destroy(reason);
  }

  /** Tells the client by what the daemon dies. */
  fail(error: unknown): void {
    this.#failed = true;
    this.#wire.failCalls(error);
    this.#wire.endStream(error);
  }

  /** Serves the client, and resolves when everything of the session has ended. */
  async run(): Promise<void> {
    using _hold = this.#host.hold();
    const reason = await this.#wire.run();
    this.#hungUp.resolve();
    this.#log?.[Symbol.dispose]();
    for (const stream of this.#streams) stream.destroy(reason);
    this.#controller.abort(
      reason ?? new DOMException("The session has ended", "AbortError"),
    );
    await this.#iface.dispose();
    this.#closed.resolve();
  }

  #handle(request: Request, call: Call): unknown {
    const { method } = request;
    if (isReserved(method)) return this.#handleReserved(request);
    // What crossed with the news is served: it may be all that the client wants.
    if (this.#isClosing() && (!this.#greeted || this.#failed)) {
      throw refuseAsClosing(method);
    }
    const { session } = request;
    if (session === undefined) return this.#call(request, call);
    const owner = this.#host.findSession(session);
    if (owner === undefined) {
      throw new RefusedError(
        ErrorCode.invalidRequest,
        `Cannot call ${quote(method)}: there is no session ${quote(session)}`,
      );
    }
    this.#streamId = request.id;
    owner.#streams.add(this);
    this.closed.then(() => owner.#streams.delete(this));
    return owner.#call(request, call);
  }

  #isClosing(): boolean {
    return this.#closing || this.#host.isClosing();
  }

  #call(request: Request, call: Call): unknown {
    const { methods } = this.#iface;
    if (methods) return this.#dispatch(methods, request, call);
    return this.#iface.open().then((methods) =>
      this.#dispatch(methods, request, call)
    );
  }

  #dispatch(
    methods: Map<string, Method>,
    { method, args }: Request,
    call: Call,
  ): unknown {
    const run = methods.get(method);
    if (run === undefined) {
      const near = nearest(method.slice(0, 100), methods.keys());
      throw new RefusedError(
        ErrorCode.methodNotFound,
        `The daemon has no method ${quote(method)}${
          near === undefined ? "" : `; did you mean "${near}"?`
        }`,
      );
    }
    this.#current = call;
    try {
      return run(...args);
    } finally {
      this.#current = undefined;
    }
  }

  #handleReserved({ id, method, args }: Request): unknown {
    const params = isRecord(args[0]) ? args[0] : {};
    switch (method) {
      case "$/hello":
        return this.#hello(params);
      case "$/cancelRequest":
        return this.#wire.cancel(
          params.id,
          new DOMException("The client cancelled the call", "AbortError"),
        );
      case "$/stream":
        return this.#receiveFrame(params);
      case "$/status":
        return this.#host.status();
      case "$/shutdown":
        return this.#host.server.close(
          params.force === true ? { drainTimeout: 0 } : {},
        );
      case "rpc.discover":
        return this.#iface.open().then((methods) => ({
          methods: Array.from(methods.keys(), (name) => ({ name })),
        }));
    }
    if (id === undefined) return;
    throw new RefusedError(
      ErrorCode.methodNotFound,
      `The protocol has no method ${quote(method)}`,
    );
  }

  // A factory may take its time: the client is told that somebody is there.
  async #openForHello(): Promise<Map<string, Method>> {
    const opening = this.#iface.open();
    if (!this.#iface.takesTime) return await opening;
    const tell = () => this.#wire.notify("$/opening", {});
    const timer = setTimeout(tell, OPENING_DELAY);
    try {
      return await opening;
    } finally {
      clearTimeout(timer);
    }
  }

  // A frame that ends a stream of this session, whose own connection may not be
  // read just now.
  #receiveFrame({ id, ...frame }: Record<string, unknown>): void {
    for (const stream of this.#streams) {
      if (stream.#streamId === id) stream.#wire.receiveFrame(frame);
    }
  }

  async #hello(params: Record<string, unknown>): Promise<unknown> {
    const { protocol, log } = params;
    if (protocol !== PROTOCOL) {
      throw new RefusedError(
        ErrorCode.invalidParams,
        `The daemon speaks version ${PROTOCOL} of the protocol alone`,
        { protocol: PROTOCOL },
      );
    }
    if (this.#closing || this.#host.isClosing()) {
      throw refuseAsClosing("$/hello");
    }
    this.#greeted = true;
    if (log === true) {
      this.#log ??= this.#host.followLog((text) =>
        this.#wire.notify("$/log", { text })
      );
    }
    const methods = await this.#openForHello();
    return {
      protocol: PROTOCOL,
      session: this.id,
      ...this.#host.hello(),
      methods: Array.from(methods.keys()),
    };
  }
}

function refuseAsClosing(method: string): RefusedError {
  return new RefusedError(
    ErrorCode.closing,
    `The daemon is closing and did not start ${quote(method)}`,
  );
}

/** What a client calls something: of any length, and with anything in it that a terminal obeys. */
function quote(name: string): string {
  return JSON.stringify(name.slice(0, MAX_QUOTED));
}

/** How much is quoted of what a client said, in characters. */
const MAX_QUOTED = 100;
