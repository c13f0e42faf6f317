import type { Duplex } from "../src/wire/duplex.ts";
import { concat } from "./mutate.ts";

/** Gathers all that comes from the other end. */
export class Tap {
  readonly #duplex: Duplex;
  readonly #pieces: Uint8Array[] = [];
  /** Whether the other end has ended, or broke. */
  ended = false;
  /** Resolves when it has. */
  readonly end: Promise<void>;

  /** Reads from now on. */
  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    this.end = this.#read();
  }

  /** What came so far. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return concat(this.#pieces);
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      for (;;) {
        const count = await this.#duplex.read(buffer);
        if (count === null) break;
        this.#pieces.push(buffer.slice(0, count));
      }
    } catch {
      // It was closed here, or there.
    }
    this.ended = true;
  }
}
