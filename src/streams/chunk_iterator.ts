import { type Inlet, type InletEvents, READ_AHEAD } from "./inlet.ts";

/** How many places of chunks that were taken are kept. */
const TAKEN = 1024;

type Result = IteratorResult<unknown, undefined>;

/**
 * An inlet for `for await`, which takes each chunk as it came: to load Deno's
 * streams takes a command milliseconds, and each chunk that goes through one as
 * much again as all the rest.
 */
export function iteratorInlet(events: InletEvents): ChunkIterator {
  return new ChunkIterator(events);
}

/** What {@linkcode iteratorInlet} makes. */
export class ChunkIterator implements Inlet, AsyncIterableIterator<unknown> {
  readonly #events: InletEvents;
  // What has come and was not asked for yet, from `#first` on, and its sizes.
  #chunks: unknown[] = [];
  #sizes: number[] = [];
  #first = 0;
  #ahead = 0;
  readonly #waiting: PromiseWithResolvers<Result>[] = [];
  #end: { error?: { readonly reason: unknown } } | undefined;

  constructor(events: InletEvents) {
    this.#events = events;
  }

  wantsChunk(): boolean {
    return this.#ahead < READ_AHEAD;
  }

  chunk(value: unknown, size: number): void {
    if (this.#end) return; // a chunk that came before the daemon knew
    const waiting = this.#waiting.shift();
    if (waiting) return waiting.resolve({ done: false, value });
    this.#chunks.push(value);
    const counted = Math.max(size, 1); // what is empty takes memory as well
    this.#sizes.push(counted);
    this.#ahead += counted;
  }

  next(): Promise<Result> {
    if (this.#first < this.#chunks.length) return Promise.resolve(this.#take());
    if (this.#end) return this.#tellEnd();
    const waiting = Promise.withResolvers<Result>();
    this.#waiting.push(waiting);
    this.#events.onPull();
    return waiting.promise;
  }

  return(): Promise<Result> {
    const isOver = this.#end !== undefined;
    this.#drop();
    this.#settle({});
    if (!isOver) this.#events.onCancel(undefined);
    this.#end = {};
    return this.#tellEnd();
  }

  close(): void {
    this.#settle({});
  }

  error(reason: unknown): void {
    this.#settle({ error: { reason } });
  }

  abort(reason: unknown): void {
    this.#drop();
    this.#settle({ error: { reason } });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Result {
    const at = this.#first++;
    const value = this.#chunks[at];
    this.#chunks[at] = undefined;
    this.#ahead -= this.#sizes[at];
    if (this.#first === this.#chunks.length) this.#drop();
    else if (this.#first >= TAKEN) this.#forget();
    if (this.wantsChunk()) this.#events.onPull();
    return { done: false, value };
  }

  // A loop that is slower than its source never comes to the last one.
  #forget(): void {
    this.#chunks.splice(0, this.#first);
    this.#sizes.splice(0, this.#first);
    this.#first = 0;
  }

  #drop(): void {
    this.#chunks = [];
    this.#sizes = [];
    this.#first = 0;
    this.#ahead = 0;
  }

  #settle(end: { error?: { readonly reason: unknown } }): void {
    this.#end ??= end;
    for (const { resolve } of this.#waiting.splice(0)) {
      resolve(this.#tellEnd());
    }
  }

  /** An error is told once, as by any iterator. */
  #tellEnd(): Promise<Result> {
    const error = this.#end?.error;
    this.#end = {};
    return error
      ? Promise.reject(error.reason)
      : Promise.resolve({ done: true, value: undefined });
  }
}
