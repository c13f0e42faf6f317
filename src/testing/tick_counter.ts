import { setImmediate } from "node:timers/promises";

/** Counts the ticks of the event loop until it is disposed of. */
export class TickCounter implements AsyncDisposable {
  /** How many there were. */
  count = 0;
  #isOver = false;
  readonly #counting = this.#run();

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#counting;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await setImmediate();
      this.count++;
    }
  }
}
