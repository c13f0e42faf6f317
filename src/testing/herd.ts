import type { AutodOptions } from "../command/options.ts";
import { type Answered, type Running, startCommand } from "./command.ts";

/** Commands that are let loose at once. */
export class Herd implements AsyncDisposable {
  /** Resolves when the first of them has started a daemon's process. */
  readonly started: Promise<void>;
  readonly #commands: Running[];
  readonly #started = Promise.withResolvers<void>();

  /** Starts `size` commands that make one call of `count`; `options` gets the number of each. */
  constructor(size: number, options: (index: number) => AutodOptions) {
    this.started = this.#started.promise;
    this.#commands = Array.from({ length: size }, (_, index) =>
      startCommand({
        options: options(index),
        calls: [["count"]],
        barrier: true,
        tellProcess: true,
      }));
  }

  /** Lets all of them loose when all have loaded, and resolves to what they were answered. */
  async run(): Promise<Answered[]> {
    await Promise.all(this.#commands.map((command) => command.tells("loaded")));
    await Promise.all(this.#commands.map((command) => command.closeStdin()));
    return await Promise.all(
      this.#commands.map((command) => this.#answer(command)),
    );
  }

  async #answer(command: Running): Promise<Answered> {
    for (;;) {
      const told = await command.told();
      if (told.event === "answered") return told;
      if (told.event !== "process") {
        throw new Error(`It should be answered: ${JSON.stringify(told)}`);
      }
      this.#started.resolve();
    }
  }

  /** Ends those that are left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#commands.map((command) => command[Symbol.asyncDispose]()),
    );
  }
}
