import { isIterable, takeFirstStep } from "./first_step.ts";
import type { Method } from "./methods.ts";
import { nearest } from "../nearest.ts";
import { quoteName } from "./quote_name.ts";
import { RefusedError } from "../wire/answer.ts";
import type { Call } from "../wire/call.ts";
import { ErrorCode } from "../wire/message.ts";
import type { Request } from "../wire/request.ts";

/** For how many names that are not there one like it is looked for: each is compared with all that are. */
const MAX_GUESSES = 16;

/** Runs the methods of an iface, and knows for which call it does. */
export class Dispatcher {
  #current: Call | undefined;
  #guesses: Map<string, string | undefined> | undefined; // few clients need any

  /** The call whose method runs just now, up to its first `await` or `yield`. */
  get current(): Call | undefined {
    return this.#current;
  }

  /**
   * Runs the method of a request, and returns what that returns.
   *
   * @throws {RefusedError} If there is no such method.
   * @throws {unknown} What the method throws.
   */
  dispatch(
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
