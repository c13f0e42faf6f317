import { type Duplex, writeAll } from "./duplex.ts";

const encoder = new TextEncoder();

/** Whether `text` takes more than `bytes` bytes as UTF-8. */
export function isLonger(text: string, bytes: number): boolean {
  // A UTF-16 unit takes one to three bytes: few texts have to be encoded.
  return text.length > bytes ||
    text.length * 3 > bytes && encoder.encode(text).length > bytes;
}

/**
 * Writes lines to a {@linkcode Duplex} in order. The first goes out at once;
 * those that come while a write is under way are gathered into the next.
 */
export class LineWriter {
  readonly #sink: Duplex;
  readonly #onError: (error: unknown) => void;
  #queue = "";
  #flushing: Promise<void> | undefined;
  #failed = false;

  /** `onError` is told once why writing failed; what comes later is dropped. */
  constructor(sink: Duplex, onError: (error: unknown) => void) {
    this.#sink = sink;
    this.#onError = onError;
  }

  /** How many characters wait behind the write that is under way. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Whether nothing is waiting or under way. */
  get idle(): boolean {
    return this.#flushing === undefined;
  }

  /** Resolves when all that was sent so far has been written, or failed. */
  get flushed(): Promise<void> {
    return this.#flushing ?? Promise.resolve();
  }

  /** Sends one line; `text` has no line feed of its own. */
  send(text: string): void {
    if (this.#failed) return;
    this.#queue += text + "\n";
    this.#flushing ??= this.#flush();
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queue !== "") {
        const bytes = encoder.encode(this.#queue);
        this.#queue = "";
        await writeAll(this.#sink, bytes);
      }
    } catch (error) {
      this.#failed = true;
      this.#queue = "";
      this.#onError(error);
    } finally {
      this.#flushing = undefined;
    }
  }
}
