import type { MessageLimits } from "../limits.ts";
import { Burst } from "./burst.ts";
import { CallTraffic } from "./call_traffic.ts";
import type { Duplex } from "./duplex.ts";
import { type ControlFrame, fitFrame, MAX_CHUNK_BYTES } from "./frame.ts";
import { checkLength, isLonger, writeAll } from "./line_writer.ts";
import { isDeeper } from "./depth.ts";
import { isA } from "./error_data.ts";
import { Turns } from "./turns.ts";

const encoder = new TextEncoder();

/**
 * How much of small frames is gathered behind the write that is under way, in
 * bytes: what a unix socket of Linux takes at once, as a part of a write that
 * does not fit costs a write of its own.
 */
const GATHERED = 192 * 1024;
/** Chunks from here on are written by themselves rather than copied. */
const LARGE = 128 * 1024;
/** What an idle stream keeps to gather in. */
const SMALL = 4 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

function toJson(chunk: unknown): string {
  try {
    return JSON.stringify(chunk) ?? "null";
  } catch (error) {
    if (!isA(error, TypeError)) throw error; // a toJSON() of its author's own
    throw new TypeError(
      `Cannot send the chunk: it cannot be written as JSON: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * Writes the frames of a stream. The first goes out at once; those that come
 * while a write is under way, and small ones in a long burst, are gathered into
 * one write. A chunk is copied before `send` returns, or written before its
 * promise resolves: its source may use the same memory again.
 */
export class FrameWriter {
  readonly #sink: Duplex;
  readonly #limits: MessageLimits;
  readonly #onError: (error: unknown) => void;
  // Gathered bytes, and the text behind them, which is encoded all at once.
  #gathered: Bytes = new Uint8Array(SMALL);
  #length = 0;
  #text = "";
  // Chunks are mostly as long as the one before.
  #header: Bytes = new Uint8Array(0);
  #headerLength = -1;
  #spare: Bytes | undefined;
  #flushing: Promise<void> | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  /** Whether something is among what is gathered that goes out at once. */
  #urgent = false;
  readonly #burst = new Burst();
  readonly #turns = new Turns();
  readonly #traffic: CallTraffic;
  /** How much is gathered behind the write that is under way. */
  #most = GATHERED;
  /** Whether no more chunks are taken. */
  #ended = false;
  #failed = false;

  /**
   * `limits` are those of a value as JSON. `onError` is told once why writing
   * failed; what comes later is dropped. `calls` is how many there have been
   * beside the stream.
   */
  constructor(
    sink: Duplex,
    limits: MessageLimits,
    onError: (error: unknown) => void,
    calls: () => number = () => 0,
  ) {
    this.#sink = sink;
    this.#limits = limits;
    this.#onError = onError;
    this.#traffic = new CallTraffic(calls);
  }

  /** Resolves when all that was sent so far, but for a chunk that waits, has been written, or failed. */
  async flushed(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  /**
   * Sends a chunk. The next one has to wait for the result, if there is one.
   *
   * @throws {TypeError} If the chunk cannot be written as JSON.
   * @throws {RangeError} If the chunk is longer, or nested deeper, than a chunk may be.
   */
  send(chunk: unknown): Promise<void> | undefined {
    if (this.#ended) return;
    if (!(chunk instanceof Uint8Array)) return this.#sendValue(chunk);
    if (chunk.length > MAX_CHUNK_BYTES) {
      throw new RangeError(
        `Cannot send a chunk of ${chunk.length} bytes: it may have ${MAX_CHUNK_BYTES}`,
      );
    }
    return chunk.length >= LARGE
      ? this.#sendAlone(this.#headerOf(chunk), chunk)
      : this.#sendBytes(this.#headerOf(chunk), chunk);
  }

  /** Sends a frame that is no chunk. Behind one that ends the chunks, none is sent any more. */
  control(frame: ControlFrame): void {
    if ("done" in frame || "error" in frame) this.#ended = true;
    this.line(JSON.stringify(fitFrame(frame, this.#limits)));
  }

  #sendValue(value: unknown): Promise<void> | undefined {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      throw new TypeError("Cannot send the chunk: bytes are a Uint8Array");
    }
    const line = `{"value":${toJson(value)}}`;
    const { maxMessageBytes, maxDepth } = this.#limits;
    if (isLonger(line, maxMessageBytes)) {
      throw new RangeError(
        `Cannot send a value of more than ${maxMessageBytes} bytes as JSON (maxMessageBytes): send it in parts, or as bytes`,
      );
    }
    if (isDeeper(line, maxDepth)) {
      throw new RangeError(
        `Cannot send a value that is nested deeper than ${maxDepth} levels (maxDepth)`,
      );
    }
    if (line.length * 3 >= LARGE) {
      return this.#sendAlone(encoder.encode(`${line}\n`));
    }
    return this.#gather(line);
  }

  /** Sends a line that is no chunk, which goes out at once. */
  line(line: string): void {
    if (this.#failed) return;
    this.#urgent = true;
    this.#gather(line);
  }

  #gather(line: string): Promise<void> | undefined {
    this.#text += line;
    this.#text += "\n";
    this.#flushing ??= this.#flush();
    if (this.#isFull()) return this.#hasRoom();
  }

  #headerOf({ length }: Uint8Array): Bytes {
    if (length !== this.#headerLength) {
      this.#headerLength = length;
      this.#header = encoder.encode(`{"bytes":${length}}\n`);
    }
    return this.#header;
  }

  #sendBytes(header: Bytes, bytes: Uint8Array): Promise<void> | undefined {
    const { length } = bytes;
    if (this.#isFull(header.length + length)) {
      return this.#hasRoom().then(() => {
        if (this.#ended) return;
        checkLength(bytes, length);
        return this.#sendBytes(header, bytes);
      });
    }
    this.#encodeText(header.length + length);
    this.#gathered.set(header, this.#length);
    this.#length += header.length;
    this.#gathered.set(bytes, this.#length);
    this.#length += length;
    this.#flushing ??= this.#flush();
  }

  async #sendAlone(header: Bytes, bytes?: Uint8Array): Promise<void> {
    const length = bytes?.length ?? 0; // as the header says
    while (this.#flushing !== undefined) await this.#flushing;
    if (this.#ended) return;
    if (bytes) checkLength(bytes, length);
    this.#flushing = this.#flush(this.#writeAlone(header, bytes));
    await this.#flushing;
  }

  async #writeAlone(header: Bytes, bytes?: Uint8Array): Promise<void> {
    const length = bytes?.length ?? 0; // some may go meanwhile
    await this.#write(header);
    await this.#makeWay(header.length);
    if (bytes === undefined) return;
    await this.#write(bytes, length);
    await this.#makeWay(length);
  }

  /** How many bytes the gathered frames and `more` take at most. */
  #needed(more: number): number {
    // A UTF-16 unit takes up to three bytes.
    return this.#length + this.#text.length * 3 + more;
  }

  /** Encodes the text behind the bytes, where `more` bytes have room as well. */
  #encodeText(more: number): void {
    const needed = this.#needed(more);
    if (needed > this.#gathered.length) {
      const grown = new Uint8Array(Math.max(GATHERED, needed));
      grown.set(this.#gathered.subarray(0, this.#length));
      this.#gathered = grown;
    }
    if (this.#text === "") return;
    const free = this.#gathered.subarray(this.#length);
    this.#length += encoder.encodeInto(this.#text, free).written;
    this.#text = "";
  }

  #hasRoom(): Promise<void> {
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Writes what is gathered, behind the write that is under way. */
  async #flush(underWay?: Promise<void>): Promise<void> {
    if (underWay) await underWay;
    let written = 0;
    while (this.#needed(0) > 0) {
      this.#most = this.#traffic.piece(GATHERED);
      const goesOn = this.#burst.isLong(this.#size()) &&
        await this.#burst.gather(() => this.#size());
      this.#urgent = false;
      this.#encodeText(0);
      const full = this.#gathered;
      written = this.#length;
      this.#gathered = this.#spare ?? new Uint8Array(full.length);
      this.#spare = full;
      this.#length = 0;
      this.#makeRoom();
      const write = this.#write(full.subarray(0, written));
      await (goesOn ? this.#turns.share(write) : write);
      const turn = this.#makeWay(written);
      if (turn) await turn;
      this.#burst.wrote();
    }
    this.#flushing = undefined;
    this.#makeRoom();
    if (written <= SMALL && this.#gathered.length > SMALL) {
      this.#gathered = new Uint8Array(SMALL);
      this.#spare = undefined;
    }
  }

  #size(): number | undefined {
    return this.#urgent ? undefined : this.#length + this.#text.length;
  }

  /** Whether what is gathered has to go before `more` bytes come to it. */
  #isFull(more = 0): boolean {
    const needed = this.#needed(0);
    return needed > 0 && needed + more > this.#most;
  }

  /** Lets others have their turn after a write of so many bytes, if it is theirs; nothing follows one that failed. */
  #makeWay(bytes: number): Promise<void> | undefined {
    return this.#failed ? undefined : this.#traffic.makeWay(bytes);
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  async #write(bytes: Uint8Array, length = bytes.length): Promise<void> {
    if (this.#failed) return;
    try {
      await writeAll(this.#sink, bytes, length);
    } catch (error) {
      this.#failed = true;
      this.#ended = true;
      this.#length = 0;
      this.#text = "";
      this.#onError(error);
    }
  }
}
