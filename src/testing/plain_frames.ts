import { assert } from "@std/assert";
import type { Duplex } from "../wire/duplex.ts";
import { writeAll } from "../wire/line_writer.ts";

/** A frame, as it came: a line that is no chunk of bytes, or such a chunk. */
export type PlainFrame = Record<string, unknown> | Uint8Array;

const encoder = new TextEncoder();

/**
 * The other side of a stream under test, which writes whatever it is told to.
 * It shares no code with the readers it tests.
 */
export class PlainFrames {
  readonly #duplex: Duplex;
  /** Where the bytes of `#bytes` are, with room behind them. */
  #buffer = new Uint8Array(64 * 1024);
  /** What has come and was not asked for yet. */
  #bytes = this.#buffer.subarray(0, 0);

  /** Reads from `duplex` only when it is asked for a frame. */
  constructor(duplex: Duplex) {
    this.#duplex = duplex;
  }

  /** Writes text or bytes as they are. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    await writeAll(this.#duplex, bytes);
  }

  /** Writes frames: bytes as a chunk of them, anything else as a line. */
  async send(...frames: unknown[]): Promise<void> {
    await this.write(toBytes(...frames));
  }

  /** The next frame, or `undefined` where the other side has ended. */
  async next(): Promise<PlainFrame | undefined> {
    let at: number;
    let searched = 0;
    while ((at = this.#bytes.indexOf(10, searched)) === -1) {
      searched = this.#bytes.length;
      if (await this.#read()) continue;
      assert(this.#bytes.length === 0, "the last line has no end");
      return undefined;
    }
    const line = new TextDecoder().decode(this.#bytes.subarray(0, at));
    this.#bytes = this.#bytes.subarray(at + 1);
    const frame = JSON.parse(line);
    if (frame.bytes === undefined) return frame;
    while (this.#bytes.length < frame.bytes) {
      assert(await this.#read(), "the end is within a chunk");
    }
    const chunk = this.#bytes.slice(0, frame.bytes);
    this.#bytes = this.#bytes.subarray(frame.bytes);
    return chunk;
  }

  /** All frames up to the end. */
  async rest(): Promise<PlainFrame[]> {
    const frames: PlainFrame[] = [];
    let frame: PlainFrame | undefined;
    while ((frame = await this.next()) !== undefined) frames.push(frame);
    return frames;
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

/** What frames look like on the wire. */
export function toBytes(...frames: unknown[]): Uint8Array {
  const parts = frames.flatMap((frame) =>
    frame instanceof Uint8Array
      ? [encoder.encode(`{"bytes":${frame.length}}\n`), frame]
      : [encoder.encode(`${JSON.stringify(frame)}\n`)]
  );
  const bytes = new Uint8Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
