import { isIterable, takeFirstStep } from "./first_step.ts";
import { InTurns } from "./in_turns.ts";
import type { Method } from "./methods.ts";
import { nearest } from "../nearest.ts";
import { quoteName } from "./quote_name.ts";
import type { ServedSession, SessionIface } from "./session_iface.ts";
import { untilAborted } from "../time.ts";
import { RefusedError } from "../wire/answer.ts";
import type { Call } from "../wire/call.ts";
import { ErrorCode } from "../wire/message.ts";
import type { Request } from "../wire/request.ts";

/** For how many names that are not there one like it is looked for: each is compared with all that are. */
const MAX_GUESSES = 16;

/** Runs the methods of a session's iface, and knows for which call it does. */
export class Dispatcher {
  readonly #session: ServedSession;
  readonly #iface: SessionIface;
  /** The calls that wait for the iface, which would be one piece of work when it comes. */
  #early: InTurns | undefined;
  #current: Call | undefined;
  #guesses: Map<string, string | undefined> | undefined; // few clients need any

  /** Has the iface made for the first call. */
  constructor(session: ServedSession, iface: SessionIface) {
    this.#session = session;
    this.#iface = iface;
  }

  /** The call whose method runs just now, up to its first `await` or `yield`. */
  get current(): Call | undefined {
    return this.#current;
  }

  /**
   * Runs the method of a request, and returns what that returns; a promise of it,
   * while the iface is made.
   *
   * @throws {RefusedError} If there is no such method, or no iface.
   * @throws {unknown} What the method throws.
   */
  dispatch(request: Request, call: Call): unknown {
    const { methods } = this.#iface;
    if (methods && !this.#early?.isBusy) {
      return this.#run(methods, request, call);
    }
    this.#early ??= new InTurns();
    const opening = this.#iface.open();
    // One that is cancelled meanwhile is not begun: its method would wait for
    // what has happened. Nobody hears of a notification.
    const ready = request.id === undefined
      ? opening
      : untilAborted(opening, call.signal);
    return this.#early.run(ready, (methods) => {
      // An iface that comes when the client has gone was disposed of already.
      if (this.#session.ended) return;
      if (call.aborted) { // while it waited for its turn
        if (request.id === undefined) return;
        throw call.signal.reason;
      }
      return this.#run(methods, request, call);
    });
  }

  #run(
    methods: ReadonlyMap<string, Method>,
    { method, args }: Request,
    call: Call,
  ): unknown {
    const run = methods.get(method);
    if (run === undefined) {
      const near = this.#guess(method.slice(0, 100), methods);
      throw new RefusedError(
        ErrorCode.methodNotFound,
        `The daemon has no method ${quoteName(method)}${
          near === undefined ? "" : `; did you mean "${near}"?`
        }`,
      );
    }
    const result = this.#during(call, run, args);
    return isIterable(result)
      ? takeFirstStep(result, (step) => this.#during(call, step, []))
      : result;
  }

  /** Which method may be meant, if whoever asks is not just trying names. */
  #guess(
    name: string,
    methods: ReadonlyMap<string, Method>,
  ): string | undefined {
    const guesses = this.#guesses ??= new Map();
    if (!guesses.has(name) && guesses.size < MAX_GUESSES) {
      guesses.set(name, nearest(name, methods.keys()));
    }
    return guesses.get(name);
  }

  #during<T>(call: Call, run: (...args: unknown[]) => T, args: unknown[]): T {
    const before = this.#current;
    this.#current = call;
    try {
      return run(...args);
    } finally {
      this.#current = before;
    }
  }
}
