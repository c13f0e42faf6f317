import type { Duplex } from "./duplex.ts";

const encoder = new TextEncoder();

/** Whether `text` takes more than `bytes` bytes as UTF-8. */
export function isLonger(text: string, bytes: number): boolean {
  // A UTF-16 unit takes one to three bytes: few texts have to be encoded.
  return text.length > bytes ||
    text.length * 3 > bytes && encoder.encode(text).length > bytes;
}

/**
 * Writes `length` bytes, all of them; a single write may take only a part.
 *
 * @throws {TypeError} As {@linkcode checkLength}.
 */
export async function writeAll(
  duplex: Pick<Duplex, "write">,
  bytes: Uint8Array,
  length: number = bytes.length,
): Promise<void> {
  checkLength(bytes, length);
  let written = await duplex.write(bytes);
  while (written < length) {
    checkLength(bytes, length);
    written += await duplex.write(bytes.subarray(written));
  }
}

/**
 * Makes sure that bytes which have waited are still there.
 *
 * @throws {TypeError} If their memory was taken away, as that of a
 * `WebAssembly.Memory` is which grows.
 */
export function checkLength(bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return;
  throw new TypeError(
    `Cannot send ${length} bytes: their memory has ${bytes.length} of them by now; send a copy`,
  );
}

/**
 * How much is written at once, in characters; one line may be longer. The reader
 * goes through one piece while the next is encoded.
 */
const PIECE = 64 * 1024;

/** More microtasks than a write takes that need not wait for the reader. */
const HOPS = 16;

/**
 * Writes lines to a {@linkcode Duplex} in order. The first goes out at once;
 * those that come while a write is under way are gathered into the next.
 */
export class LineWriter {
  readonly #sink: Duplex;
  readonly #onError: (error: unknown) => void;
  // In pieces: what nobody reads would grow to more than a string may be.
  readonly #pieces: string[] = [];
  #last = "";
  #queued = 0;
  #underWay = 0;
  #flushing: Promise<void> | undefined;
  #failed = false;

  /** `onError` is told once why writing failed; what comes later is dropped. */
  constructor(sink: Duplex, onError: (error: unknown) => void) {
    this.#sink = sink;
    this.#onError = onError;
  }

  /** How many characters wait behind the write that is under way. */
  get queued(): number {
    return this.#queued;
  }

  /** How many characters wait to be written, or are being written. */
  get unwritten(): number {
    return this.#queued + this.#underWay;
  }

  /** Whether nothing is waiting or under way. */
  get idle(): boolean {
    return this.#flushing === undefined;
  }

  /** Resolves when all that was sent so far has been written, or failed. */
  get flushed(): Promise<void> {
    return this.#flushing ?? Promise.resolve();
  }

  /** Resolves when all that was sent so far is being written, unless that has to wait for the reader. */
  async begun(): Promise<void> {
    for (let hop = 0; hop < HOPS && this.#queued > 0; hop++) await undefined;
  }

  /** Sends one line; `text` has no line feed of its own. */
  send(text: string): void {
    if (this.#failed) return;
    if (this.#last.length >= PIECE) {
      this.#pieces.push(this.#last);
      this.#last = "";
    }
    this.#last += text + "\n";
    this.#queued += text.length + 1;
    this.#flushing ??= this.#flush();
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queued > 0) {
        await writeAll(this.#sink, encoder.encode(this.#take()));
      }
    } catch (error) {
      this.#failed = true;
      this.#pieces.length = 0;
      this.#last = "";
      this.#queued = 0;
      this.#onError(error);
    } finally {
      this.#underWay = 0;
      this.#flushing = undefined;
    }
  }

  #take(): string {
    let text = this.#pieces.shift();
    if (text === undefined) {
      text = this.#last;
      this.#last = "";
    }
    this.#queued -= text.length;
    this.#underWay = text.length;
    return text;
  }
}
