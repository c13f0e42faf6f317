import type { CloseOptions } from "./create_iface.ts";
import { isReserved, type Method } from "./methods.ts";
import { quoteName } from "./quote_name.ts";
import type { IfaceHost, SessionIface } from "./session_iface.ts";
import { PROTOCOL } from "../protocol.ts";
import { setTimer } from "../time.ts";
import { RefusedError } from "../wire/answer.ts";
import { toErrorData } from "../wire/error_data.ts";
import { ErrorCode, isRecord } from "../wire/message.ts";
import type { Request } from "../wire/request.ts";
import { Latch } from "../wire/latch.ts";
import type { WireServer } from "../wire/server.ts";

/** What the protocol's methods need of the daemon. */
export interface ProtocolHost extends IfaceHost {
  /** What the daemon dies of, if it does. */
  failure(): Error | undefined;
  /** What the daemon says of itself in `$/hello`. */
  hello(): Record<string, unknown>;
  status(): Record<string, unknown>;
  /** Closes the daemon, as a client asks for it. */
  shutdown(options: CloseOptions): void;
  /** Hands on what the daemon prints, if it has a log; the result ends that. */
  followLog(listener: (text: string) => void): Disposable | undefined;
}

/** What the protocol's methods need of the session that they are called in. */
export interface ProtocolSession {
  readonly id: string;
  readonly wire: WireServer;
  readonly iface: SessionIface;
  isClosing(): boolean;
  /** Takes a frame that ends the stream whose request had this id, and whose own connection may not be read just now. */
  receiveFrame(id: unknown, frame: Record<string, unknown>): void;
}

/** After how long a client hears that its iface is still being made, in milliseconds. */
const OPENING_DELAY = 1000;

/** Those that wait for the iface. */
const WAITING = new Set(["$/hello", "rpc.discover"]);

/** Whether it is a method of the protocol that is answered at once, also while too much is in flight. */
export function isImmediate(method: string): boolean {
  return isReserved(method) && !WAITING.has(method);
}

/** The methods of the protocol itself, for one session. */
export class SessionProtocol implements Disposable {
  readonly #session: ProtocolSession;
  readonly #host: ProtocolHost;
  #greeted = false;
  #log: Disposable | undefined;
  readonly #closing = new Latch();

  constructor(session: ProtocolSession, host: ProtocolHost) {
    this.#session = session;
    this.#host = host;
  }

  /** Whether the client said hello, and so knows of more than calls. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /** Refuses a hello whose iface has yet to be made: to wait for that may take for ever. */
  close(): void {
    this.#closing.open();
  }

  /** The refusal of what a daemon that closes, or dies, does not start. */
  refusal(method: string): RefusedError {
    const failure = this.#host.failure();
    return new RefusedError(
      ErrorCode.closing,
      failure?.message ??
        `The daemon is closing and did not start ${quoteName(method)}`,
      failure && toErrorData(failure),
    );
  }

  /** Sends no more of the log. */
  [Symbol.dispose](): void {
    this.#log?.[Symbol.dispose]();
  }

  /** Does what the request of a reserved name asks. */
  handle({ id, method, args }: Request): unknown {
    const params = isRecord(args[0]) ? args[0] : {};
    const { wire, iface } = this.#session;
    switch (method) {
      case "$/hello":
        return this.#hello(params);
      case "$/cancelRequest":
        return wire.cancel(
          params.id,
          new DOMException("The client cancelled the call", "AbortError"),
        );
      case "$/stream": {
        const { id, ...frame } = params;
        return this.#session.receiveFrame(id, frame);
      }
      case "$/status":
        return this.#host.status();
      case "$/shutdown":
        return this.#host.shutdown(
          isSet(params, "force") ? { drainTimeout: 0 } : {},
        );
      case "rpc.discover":
        return iface.open().then((methods) => ({
          methods: Array.from(methods.keys(), (name) => ({ name })),
        }));
    }
    if (id === undefined) return;
    throw new RefusedError(
      ErrorCode.methodNotFound,
      `The protocol has no method ${quoteName(method)}`,
    );
  }

  async #hello(params: Record<string, unknown>): Promise<unknown> {
    const { protocol } = params;
    if (protocol !== PROTOCOL) {
      throw new RefusedError(
        ErrorCode.invalidParams,
        `The daemon speaks version ${PROTOCOL} of the protocol alone`,
        { protocol: PROTOCOL },
      );
    }
    const { id, wire } = this.#session;
    if (this.#session.isClosing()) throw this.refusal("$/hello");
    const log = isSet(params, "log");
    this.#greeted = true;
    if (log) {
      this.#log ??= this.#host.followLog((text) => {
        if (!wire.isBehind) wire.notify("$/log", { text });
      });
    }
    const methods = await this.#openForHello();
    return {
      protocol: PROTOCOL,
      session: id,
      ...this.#host.hello(),
      methods: Array.from(methods.keys()),
    };
  }

  // A factory may take its time: the client is told that somebody is there.
  async #openForHello(): Promise<Map<string, Method>> {
    const { iface, wire } = this.#session;
    const opening = iface.open();
    if (!iface.takesTime || iface.methods) return await opening;
    const closing = this.#closing.promise.then(() => {
      throw this.refusal("$/hello");
    });
    const { version, startedAt } = this.#host.hello();
    const tell = () => wire.notify("$/opening", { version, startedAt });
    using _timer = setTimer(OPENING_DELAY, tell);
    return await Promise.race([opening, closing]);
  }
}

// Anything else is refused: ignored, it would look as if it had been taken.
function isSet(params: Record<string, unknown>, name: string): boolean {
  const value = params[name];
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw new RefusedError(
    ErrorCode.invalidParams,
    `Cannot take the parameter ${
      quoteName(name)
    }: it should be true or false, and is ${JSON.stringify(value)}`,
  );
}
