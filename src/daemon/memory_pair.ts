import type { Socket } from "../command/link.ts";

/** How many bytes may wait unread, in each direction. */
const CAPACITY = 64 * 1024;

/**
 * Two connected ends that behave as those of a unix socket, without one. Where
 * `capacity` bytes wait unread, a write waits for room.
 */
export function memoryPair(capacity: number = CAPACITY): [Socket, Socket] {
  const there = new Pipe(capacity);
  const back = new Pipe(capacity);
  return [new End(back, there), new End(there, back)];
}

/** One direction. */
class Pipe {
  readonly #capacity: number;
  // What waits is from #start to #end of it.
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #changed = Promise.withResolvers<void>();
  #ended = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  get full(): boolean {
    return this.#length >= this.#capacity;
  }

  /** Whether nothing more will be written, or nothing more read. */
  get ended(): boolean {
    return this.#ended;
  }

  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  put(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.#capacity - this.#length);
    this.#makeRoom(count);
    this.#bytes.set(bytes.subarray(0, count), this.#end);
    this.#end += count;
    this.#wake();
    return count;
  }

  take(buffer: Uint8Array): number {
    const count = Math.min(buffer.length, this.#length);
    const start = this.#start;
    this.#start += count;
    buffer.set(this.#bytes.subarray(start, this.#start));
    this.#wake();
    return count;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  get #length(): number {
    return this.#end - this.#start;
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#bytes.length) return;
    const kept = this.#bytes.subarray(this.#start, this.#end);
    // Twice what is needed, so that few writes have to move what waits.
    const moved = new Uint8Array(2 * (kept.length + count));
    moved.set(kept);
    this.#bytes = moved;
    this.#start = 0;
    this.#end = kept.length;
  }
}

class End implements Socket {
  readonly #in: Pipe;
  readonly #out: Pipe;
  #closed = false;
  // As with a socket, a write waits for the one before it.
  #written: Promise<unknown> = Promise.resolve();

  constructor(input: Pipe, output: Pipe) {
    this.#in = input;
    this.#out = output;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#closed) throw new Deno.errors.BadResource("Bad resource ID");
    while (this.#in.empty && !this.#in.ended) {
      await this.#in.changed;
      this.#throwIfInterrupted();
    }
    return this.#in.empty ? null : this.#in.take(buffer);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#inTurn(async () => {
      for (;;) {
        if (this.#out.ended) {
          throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
        }
        if (bytes.length === 0) return 0;
        if (!this.#out.full) return this.#out.put(bytes);
        await this.#out.changed;
        this.#throwIfInterrupted();
      }
    });
  }

  closeWrite(): Promise<void> {
    return this.#inTurn(() => this.#out.end());
  }

  close(): void {
    if (this.#closed) throw new Deno.errors.BadResource("Bad resource ID");
    this.#closed = true;
    this.#in.end();
    this.#out.end();
  }

  // Memory keeps no process alive.
  ref(): void {}
  unref(): void {}

  #inTurn<T>(act: () => T | Promise<T>): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new Deno.errors.BadResource("Bad resource ID"));
    }
    const result = this.#written.then(() => {
      this.#throwIfInterrupted();
      return act();
    });
    this.#written = result.catch(() => {}); // its own caller is told
    return result;
  }

  #throwIfInterrupted(): void {
    if (this.#closed) {
      throw new Deno.errors.Interrupted("operation canceled");
    }
  }
}
