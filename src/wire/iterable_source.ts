/** More microtasks than the write of the chunk before takes where its socket has room. */
const HOPS = 4;

/** What is asked of a `ReadableStream` that is pumped, and of what stands for one. */
export interface ChunkSource {
  readonly locked: boolean;
  getReader(): ChunkReader;
  /** Ends it, when nobody has it. */
  cancel(reason: unknown): Promise<void>;
}

/** What reads a {@linkcode ChunkSource}. */
export interface ChunkReader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
  /** Ends the source, which gives no chunk any more. */
  cancel(reason: unknown): Promise<void>;
  /** Resolves when its end can begin, where that has to wait for what is being read. */
  readonly ready?: Promise<void>;
}

/**
 * The chunks of an iterable, as `ReadableStream.from()` has them: to load Deno's
 * streams takes a daemon's first stream milliseconds, and each chunk that goes
 * through one takes half as long again.
 */
export class IterableSource implements ChunkSource, ChunkReader {
  readonly locked = false;
  readonly #iterator: AsyncIterator<unknown>;
  #isOver = false;
  #step: unknown;

  constructor(iterable: AsyncIterable<unknown>) {
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  getReader(): this {
    return this;
  }

  /** @throws {TypeError} If the iterator gives what is no object. */
  async read(): Promise<{ done: boolean; value?: unknown }> {
    // What was sent is on its way, should the iterator block the process now.
    for (let hop = 0; hop < HOPS; hop++) await undefined;
    if (this.#isOver) return { done: true };
    try {
      const step = this.#iterator.next();
      this.#step = step;
      const { done, value } = toResult(await step);
      if (!done) return { done: false, value };
      this.#isOver = true;
      return { done: true };
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  /** A generator comes to its `finally` from a `yield` alone. */
  get ready(): Promise<void> {
    return Promise.resolve(this.#step).then(() => {}, () => {});
  }

  async cancel(reason: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const ended = this.#iterator.return?.(reason);
    if (ended !== undefined) toResult(await ended);
  }
}

/** Of a number or a string, there would be no end. */
function toResult(
  result: IteratorResult<unknown>,
): IteratorResult<unknown> {
  if (typeof result === "object" && result !== null) return result;
  throw new TypeError("Cannot read the iterable: its iterator gave no object");
}
