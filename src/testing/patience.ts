import { Clock } from "./clock.ts";
import { Waits } from "./waits.ts";

/**
 * Until it is disposed of, the time of this process is never over, and the
 * `timeout` of a command is that of the daemon which it starts alone: however
 * long that takes to start, it is heard before it is given up.
 */
export class Patience implements Disposable {
  readonly #waits = new Waits({ endless: true });
  readonly #clock = new Clock();

  [Symbol.dispose](): void {
    this.#clock[Symbol.dispose]();
    this.#waits[Symbol.dispose]();
  }
}
