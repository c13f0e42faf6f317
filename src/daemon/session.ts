import { Dispatcher } from "./dispatcher.ts";
import type { Limits } from "../limits.ts";
import { isReserved } from "./methods.ts";
import { type ServedSession, SessionIface } from "./session_iface.ts";
import {
  isImmediate,
  type ProtocolHost,
  SessionProtocol,
} from "./session_protocol.ts";
import { SessionStreams } from "./session_streams.ts";
import { quoteName } from "./quote_name.ts";
import { setTimer, within } from "../time.ts";
import type { Call } from "../wire/call.ts";
import type { Duplex } from "../wire/duplex.ts";
import { ErrorCode, errorText } from "../wire/message.ts";
import type { Request } from "../wire/request.ts";
import { RefusedError, toErrorObject } from "../wire/answer.ts";
import { isA } from "../wire/error_data.ts";
import { Latch } from "../wire/latch.ts";
import { WireServer } from "../wire/server.ts";
import { heardWithin } from "../wire/turns.ts";

/** What a session needs of the daemon that it belongs to. */
export interface SessionHost extends ProtocolHost {
  readonly limits: Limits;
  isClosing(): boolean;
  /** The session of that id, if it goes on. */
  findSession(id: string): DaemonSession | undefined;
}

/** How long a client that was told of the end may take to hang up, in milliseconds. */
const HANG_UP_TIMEOUT = 1000;

/** How long a client that is cut off may take to be told so, in milliseconds. */
const LAST_WORD_TIMEOUT = 50;

/** How long a stream's source may take to come to its end, in milliseconds. */
const BEGIN_TIMEOUT = 1000;

/** How long a client that says nothing keeps its session from closing, in milliseconds. */
const FIRST_MESSAGE_TIMEOUT = 50;

/** How many kinds of refused notifications the log has a line of, for each client. */
const MAX_REFUSALS = 16;

/** One client of the daemon: makes its iface when it is first needed, and dispatches to it. */
export class DaemonSession implements ServedSession {
  readonly id: string;
  readonly closed: Promise<void>;
  readonly #host: SessionHost;
  readonly #wire: WireServer;
  #controller: AbortController | undefined;
  #ended: { readonly reason: unknown } | undefined;
  /** Resolves when the connection has ended, to the reason if there is one. */
  readonly #hungUp: Promise<unknown>;
  /** Opens when nothing is waited for any more. */
  readonly #cut = new Latch();
  readonly #iface: SessionIface;
  readonly #dispatcher: Dispatcher;
  #streams: SessionStreams | undefined; // few have any
  readonly #protocol: SessionProtocol;
  #hold: Disposable | undefined;
  /** Of which refused notifications the log has a line. */
  #refused: Set<string | number> | undefined;
  #closing = false;

  /** Serves the client from now on. */
  constructor(id: string, duplex: Duplex, host: SessionHost) {
    this.id = id;
    this.#host = host;
    this.#iface = new SessionIface(this, host);
    this.#dispatcher = new Dispatcher(this, this.#iface);
    this.#wire = new WireServer(duplex, {
      ...host.limits,
      handle: (request, call) => this.#handle(request, call),
      onLostError: (error, method) => this.#onLostError(error, method),
    });
    this.#protocol = new SessionProtocol({
      id,
      wire: this.#wire,
      iface: this.#iface,
      isClosing: () => this.#closing,
      receiveFrame: (id, frame) => this.#streams?.receive(id, frame),
    }, host);
    this.#hungUp = this.#wire.run();
    this.closed = this.#end();
  }

  /** Made when it is first asked for: few ifaces do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended) this.#controller.abort(toReason(this.#ended.reason));
    }
    return this.#controller.signal;
  }

  /** Whether the client has gone. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  get callSignal(): AbortSignal {
    return this.#dispatcher.current?.signal ?? this.signal;
  }

  /** How many calls are being waited for. */
  get calls(): number {
    return this.#wire.calls;
  }

  /** Whether its connection has become a stream. */
  get isStream(): boolean {
    return this.#wire.stream !== undefined;
  }

  ref(): Disposable {
    return this.#host.server.ref();
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
    if (this.#protocol.greeted) this.#wire.notify("$/closing", {});
    this.#protocol.close();
    // One that has just come is told why it is not served.
    await heardWithin(FIRST_MESSAGE_TIMEOUT, this.#wire.begun);
    await this.#wire.drained();
    // A daemon that closes has a limit of its own.
    using _limit = this.#host.isClosing()
      ? undefined
      : setTimer(this.#host.drainTimeout, () => this.cut());
    const ended = this.#wire.stream?.end(reason, ErrorCode.closing);
    await Promise.all([ended, this.#streams?.close()]);
    // Whoever does not hang up is not waited for.
    if (this.#protocol.greeted) {
      while (!await within(HANG_UP_TIMEOUT, this.#hungUp) && this.calls > 0) {
        await this.#wire.drained();
      }
      await within(HANG_UP_TIMEOUT, this.#wire.finish());
    } else if (this.#wire.messages === 0) {
      // A request that comes just now is not lost: its client knows by this that
      // it was not begun.
      const refusal = toErrorObject(this.#protocol.refusal("anything"));
      const answer = errorText(null, refusal);
      await within(HANG_UP_TIMEOUT, this.#wire.finish(answer));
    }
    this.#wire.destroy();
    await this.closed;
  }

  /** Ends the session as its time is over: the client is told which of its calls have come. */
  async cut(reason?: unknown): Promise<void> {
    if (this.#protocol.greeted) {
      await within(LAST_WORD_TIMEOUT, this.#wire.finish());
    }
    this.destroy(reason);
  }

  destroy(reason?: unknown): void {
    this.#cut.open();
    this.#wire.destroy(reason);
  }

  /** Tells the client by what the daemon dies. */
  fail(error: unknown): void {
    this.#wire.failCalls(error);
    this.#wire.stream?.end(error, ErrorCode.internal);
  }

  /** Takes a frame of its stream that did not come by its own connection. */
  receive(frame: Record<string, unknown>): void {
    this.#wire.stream?.receive(frame);
  }

  /** Ends everything of the session when the connection has ended. */
  async #end(): Promise<void> {
    const reason = await this.#hungUp;
    this.#protocol[Symbol.dispose]();
    this.#ended = { reason };
    this.#controller?.abort(toReason(reason));
    if (this.#closing) {
      // As calls are, whether or not the client waits for it.
      const over = [
        this.#streams?.close(),
        this.#wire.streamOver(BEGIN_TIMEOUT),
      ];
      await Promise.race([Promise.all(over), this.#cut.promise]);
    }
    this.#streams?.destroy(reason);
    await this.#iface.dispose();
    this.#hold?.[Symbol.dispose]();
  }

  #handle(request: Request, call: Call): unknown {
    // Who says nothing is no client, and holds nothing.
    this.#hold ??= this.ref();
    const { method } = request;
    if (isImmediate(method)) return this.#protocol.handle(request);
    const reserved = isReserved(method);
    if (!reserved && this.#closing) {
      // What crossed with the news is served: it may be all that the client wants.
      if (this.#host.failure() || !this.#protocol.greeted) {
        throw this.#protocol.refusal(method);
      }
    }
    if (this.calls >= this.#host.limits.maxInFlight) {
      return this.#refuse(request);
    }
    if (reserved) return this.#protocol.handle(request);
    const { session } = request;
    if (session === undefined) return this.#dispatcher.dispatch(request, call);
    const owner = this.#findOwner(session);
    if (owner === undefined) {
      // It was another daemon's, or has ended: its client connects anew.
      throw new RefusedError(
        ErrorCode.closing,
        `Cannot call ${quoteName(method)}: there is no session ${
          quoteName(session)
        }`,
      );
    }
    this.#wire.beside = owner.#wire;
    owner.#streams ??= new SessionStreams();
    owner.#streams.add(this, request.id);
    return owner.#dispatcher.dispatch(request, call);
  }

  // Not itself, or one that belongs to another: it waits for the end of those
  // that belong to it, and they could wait for its own.
  #findOwner(id: string): DaemonSession | undefined {
    const owner = this.#host.findSession(id);
    if (owner === undefined || owner === this) return undefined;
    return owner.ended || owner.#wire.beside ? undefined : owner;
  }

  #onLostError(error: unknown, method: string): void {
    if (isA(error, RefusedError)) {
      const { code } = error;
      const kind = code === ErrorCode.methodNotFound ? method : code;
      const refused = this.#refused ??= new Set();
      if (refused.has(kind) || refused.size === MAX_REFUSALS) return;
      refused.add(kind);
      error.stack = error.message; // it is of this library alone
    }
    this.#host.onLostError(error, `the method ${quoteName(method)}`);
  }

  #refuse({ id, method }: Request): void {
    // Nobody hears of notifications, and one line of them in the log is enough.
    if (id === undefined && this.#refused?.has(ErrorCode.limit)) return;
    const { maxInFlight } = this.#host.limits;
    throw new RefusedError(
      ErrorCode.limit,
      `Cannot start ${
        quoteName(method)
      }: ${maxInFlight} calls of this connection are in flight (maxInFlight); wait for answers to some`,
    );
  }
}

// Made when it is asked for: it takes a stack trace, and few ifaces do.
function toReason(reason: unknown): unknown {
  return reason ?? new DOMException("The session has ended", "AbortError");
}
