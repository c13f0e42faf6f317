import type { CreateIface, Server, Session } from "./create_iface.ts";
import { exposedMethods, type Method } from "./methods.ts";
import { RefusedError } from "./wire/answer.ts";
import { toErrorData } from "./wire/error_data.ts";
import { ErrorCode } from "./wire/message.ts";
import { isThenable } from "./wire/responder.ts";

/** What makes an iface, and hears of it. */
export interface IfaceHost {
  readonly server: Server;
  readonly createIface: CreateIface;
  readonly args: readonly unknown[];
  /** Told whether the factory gave a client its iface. */
  onIface(made: boolean): void;
  onLostError(error: unknown, what: string): void;
}

/** A session that tells of its end without a signal. */
export interface ServedSession extends Session {
  readonly ended: boolean;
}

/** The iface of one session: made when it is first needed, disposed of at the end. */
export class SessionIface {
  readonly #session: ServedSession;
  readonly #host: IfaceHost;
  #methods: Map<string, Method> | undefined;
  #takesTime = false;
  #opening: Promise<Map<string, Method>> | undefined;
  #iface: Partial<AsyncDisposable & Disposable> | undefined;

  constructor(session: ServedSession, host: IfaceHost) {
    this.#session = session;
    this.#host = host;
  }

  /** Its methods, once it was made. */
  get methods(): Map<string, Method> | undefined {
    return this.#methods;
  }

  /** Whether its factory is one that takes its time. */
  get takesTime(): boolean {
    return this.#takesTime;
  }

  /**
   * Makes the iface, if it was not made yet.
   *
   * @throws {RefusedError} If its factory fails, or does not return an object of methods.
   */
  open(): Promise<Map<string, Method>> {
    if (this.#opening === undefined) {
      this.#opening = this.#create();
      // Not sooner than those hear of it who wait: a call that comes then would
      // overtake theirs.
      this.#opening.then((methods) => this.#methods = methods, () => {});
    }
    return this.#opening;
  }

  /** Disposes of the iface, if it was made and can be disposed of. */
  async dispose(): Promise<void> {
    const iface = this.#iface;
    this.#iface = undefined;
    try {
      const dispose = iface?.[Symbol.asyncDispose] ?? iface?.[Symbol.dispose];
      await dispose?.call(iface);
    } catch (error) {
      this.#host.onLostError(error, "the disposal of an iface");
    }
  }

  async #create(): Promise<Map<string, Method>> {
    const { createIface, server, args } = this.#host;
    let methods: Map<string, Method>;
    try {
      const made = createIface(server, this.#session, args);
      this.#takesTime = isThenable(made);
      const iface = await made;
      methods = exposedMethods(iface);
      this.#iface = iface;
      this.#followEvents(iface);
    } catch (error) {
      this.#host.onIface(false);
      const data = toErrorData(error);
      throw new RefusedError(ErrorCode.internal, data.message, data);
    }
    this.#host.onIface(true);
    // It came too late for the client: nobody else will dispose of it.
    if (this.#session.ended) await this.dispose();
    return methods;
  }

  // The original's way to hold the daemon, which outlasts the session: work
  // that a client began goes on when the client has left.
  #followEvents(iface: object): void {
    const holds: Disposable[] = [];
    const ref = () => void holds.push(this.#session.ref());
    const unref = () => holds.pop()?.[Symbol.dispose]();
    if (iface instanceof EventTarget) {
      iface.addEventListener("ref", ref);
      iface.addEventListener("unref", unref);
    } else if (
      "on" in iface && typeof iface.on === "function" && "emit" in iface
    ) {
      iface.on("ref", ref);
      iface.on("unref", unref);
    }
  }
}
