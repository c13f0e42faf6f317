import { inTime } from "./deadline.ts";
import { atRest } from "./at_rest.ts";

/** Another client of a daemon, which calls it all the while and is to be answered each time. */
export class Bystander implements AsyncDisposable {
  readonly #call: () => Promise<unknown>;
  readonly #calling: Promise<void>;
  readonly #waiting: (() => void)[] = [];
  #stopped = false;
  #failure: unknown;

  /** `call` is what it calls. */
  constructor(call: () => Promise<unknown>) {
    this.#call = call;
    this.#calling = this.#run();
  }

  /** Resolves when it has been answered some times more. */
  async served(): Promise<void> {
    for (let answers = 0; answers < 20; answers++) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (this.#failure) throw this.#failure;
    }
  }

  /** Stops it. Rejects if it was not served each time. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#calling;
    if (this.#failure) throw this.#failure;
  }

  async #run(): Promise<void> {
    while (!this.#stopped && !this.#failure) {
      try {
        await inTime(this.#call(), "an answer to another client");
        await atRest();
      } catch (error) {
        this.#failure = error;
      }
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}
