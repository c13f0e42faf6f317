/** The methods that an honest client needs, as `autod()` lists them. */
export const HONEST_METHODS = ["echo", "tick", "numbers:s"] as const;

type Rpc = {
  readonly echo: (...args: unknown[]) => Promise<unknown>;
  readonly tick: (...args: unknown[]) => Promise<unknown>;
  readonly numbers: (count: number) => AsyncIterable<unknown>;
};

/** How many calls an honest client makes at once. */
const AT_ONCE = 4;
/** Every so many calls it reads a stream. */
const STREAM_EVERY = 50;

/** Makes calls all the while, of which each has to be answered rightly. */
export class HonestClient {
  /** How many calls were answered. */
  answered = 0;
  /** What was wrong with answers. */
  readonly failures: string[] = [];
  readonly #rpc: Rpc;
  readonly #ended: Promise<unknown>;
  #ending = false;

  /** Begins with the methods of a daemon. */
  constructor(rpc: Rpc) {
    this.#rpc = rpc;
    this.#ended = Promise.all(
      Array.from({ length: AT_ONCE }, (_, at) => this.#work(at)),
    );
  }

  /** Makes no more calls, and waits for those under way. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.#ended;
  }

  async #work(number: number): Promise<void> {
    for (let count = 0; !this.#ending; count++) {
      try {
        await this.#call(number, count);
        this.answered++;
      } catch (error) {
        this.failures.push(`an honest call failed: ${Deno.inspect(error)}`);
        return;
      }
    }
  }

  async #call(number: number, count: number): Promise<void> {
    const expected = JSON.stringify([number, count]);
    if (count % STREAM_EVERY === 0) {
      const chunks: unknown[] = [];
      for await (const chunk of this.#rpc.numbers(3)) chunks.push(chunk);
      this.#compare(JSON.stringify(chunks), "[0,1,2]");
    }
    const call = count % 2 === 0 ? this.#rpc.echo : this.#rpc.tick;
    this.#compare(JSON.stringify(await call(number, count)), expected);
  }

  #compare(answer: string, expected: string): void {
    if (answer === expected) return;
    throw new Error(`the answer is ${answer} and not ${expected}`);
  }
}
