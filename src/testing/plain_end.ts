import { assert } from "@std/assert";
import type { Duplex } from "../wire/duplex.ts";
import { writeAll } from "../wire/line_writer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * One end of a connection whose other end is under test, which writes whatever
 * it is told to. It shares no code with the readers it tests.
 */
export class PlainEnd {
  readonly #duplex: Duplex;
  /** Where the bytes of `#bytes` are, with room behind them. */
  #buffer = new Uint8Array(64 * 1024);
  /** What has come and was not asked for yet. */
  #bytes = this.#buffer.subarray(0, 0);

  /** Reads from `duplex` only when it is asked for something. */
  constructor(duplex: Duplex) {
    this.#duplex = duplex;
  }

  /** Writes text or bytes as they are. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    await writeAll(this.#duplex, bytes);
  }

  /** The next line, or `undefined` where the other side has ended. */
  async line(): Promise<string | undefined> {
    let at: number;
    let searched = 0;
    while ((at = this.#bytes.indexOf(10, searched)) === -1) {
      searched = this.#bytes.length;
      if (await this.#read()) continue;
      assert(this.#bytes.length === 0, "the last line has no end");
      return undefined;
    }
    const line = decoder.decode(this.#bytes.subarray(0, at));
    this.#bytes = this.#bytes.subarray(at + 1);
    return line;
  }

  /** So many of the next bytes. */
  async bytes(length: number): Promise<Uint8Array> {
    while (this.#bytes.length < length) {
      assert(await this.#read(), "the end is within a chunk");
    }
    const bytes = this.#bytes.slice(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return bytes;
  }

  /** Ends what this side writes. */
  closeWrite(): Promise<void> {
    return this.#duplex.closeWrite();
  }

  /** Ends both directions. */
  close(): void {
    this.#duplex.close();
  }

  async #read(): Promise<boolean> {
    let { byteOffset: start, length } = this.#bytes;
    if (start + length === this.#buffer.length) {
      // Twice as much, as a long line would be copied with each of its parts.
      const grown = new Uint8Array(2 * Math.max(length, 32 * 1024));
      grown.set(this.#bytes);
      this.#buffer = grown;
      start = 0;
    }
    const count = await this.#duplex.read(
      this.#buffer.subarray(start + length),
    );
    if (count === null) return false;
    length += count;
    this.#bytes = this.#buffer.subarray(start, start + length);
    return true;
  }
}
