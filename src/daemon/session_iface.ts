import type { CreateIface, Server, Session } from "./create_iface.ts";
import { exposedMethods, type Method } from "./methods.ts";
import type { RefEvents } from "./ref_events.ts";
import { RefusedError } from "../wire/answer.ts";
import { startTimer } from "../time.ts";
import { toErrorData } from "../wire/error_data.ts";
import { Latch } from "../wire/latch.ts";
import { ErrorCode } from "../wire/message.ts";
import { isThenable } from "../wire/responder.ts";

/** What makes an iface, and hears of it. */
export interface IfaceHost {
  readonly server: Server;
  readonly createIface: CreateIface;
  readonly args: readonly unknown[];
  readonly refEvents: RefEvents;
  /** How long the disposal of an iface may take, and what streams do at their end, in milliseconds. */
  readonly drainTimeout: number;
  /** Told that the factory gave a client its iface, or why it did not. */
  onIface(failure?: { readonly error: unknown }): void;
  /** Told of a disposal that its session waits for no longer, when that has failed or not. */
  onLateDisposal(ended: Promise<void>): void;
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
  #following: Disposable | undefined;

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
    const following = this.#following;
    this.#iface = this.#following = undefined;
    try {
      following?.[Symbol.dispose]();
      const dispose = iface?.[Symbol.asyncDispose] ?? iface?.[Symbol.dispose];
      const disposal = dispose?.call(iface);
      if (isThenable(disposal)) await this.#waitFor(disposal);
    } catch (error) {
      this.#onFailed(error);
    }
  }

  // No longer than that: its session would hold the daemon, and a place among
  // its connections. A daemon that closes waits for it all the same.
  async #waitFor(disposal: unknown): Promise<void> {
    const { drainTimeout } = this.#host;
    const ended = Promise.resolve(disposal)
      .then(() => {}, (error) => this.#onFailed(error));
    const overdue = new Latch();
    using _timer = startTimer(drainTimeout, () => {
      this.#host.onLateDisposal(ended);
      this.#onFailed(new Error(`It has not ended within ${drainTimeout} ms`));
      overdue.open();
    });
    await Promise.race([ended, overdue.promise]);
  }

  #onFailed(error: unknown): void {
    this.#host.onLostError(error, "the disposal of an iface");
  }

  async #create(): Promise<Map<string, Method>> {
    const { createIface, server, args } = this.#host;
    let methods: Map<string, Method>;
    try {
      const made = createIface(server, this.#session, args);
      this.#takesTime = isThenable(made);
      if (this.#takesTime && hasMethodsBesides(made)) {
        throw new TypeError(
          'Cannot serve a method "then": whoever waits for the iface would call it; rename it',
        );
      }
      const iface = await made;
      methods = exposedMethods(iface);
      this.#iface = iface;
      this.#following = this.#host.refEvents.follow(iface);
    } catch (error) {
      this.#host.onIface({ error });
      const data = toErrorData(error);
      throw new RefusedError(ErrorCode.internal, data.message, data);
    }
    this.#host.onIface();
    // It came too late for the client: nobody else will dispose of it.
    if (this.#session.ended) await this.dispose();
    return methods;
  }
}

/** What a promise may have for methods of its own. */
const OF_PROMISES = ["then", "catch", "finally"];

/** Whether what could be a promise has methods of its own that no promise has. */
function hasMethodsBesides(made: object): boolean {
  return !(made instanceof Promise) &&
    Object.entries(made).some(([name, value]) =>
      typeof value === "function" && !OF_PROMISES.includes(name)
    );
}
