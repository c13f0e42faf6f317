import { invalidFrame, MAX_CHUNK_BYTES } from "./frame.ts";
import type { Incoming } from "./incoming.ts";
import type { LineReader } from "./line_reader.ts";
import { isDeeper } from "./depth.ts";
import { isRecord } from "./message.ts";
import { ReadSize } from "./read_size.ts";

/** Chunks up to this are read together with others, and longer ones by themselves, or in parts. */
const GATHERED_CHUNK = 128 * 1024;
/** How a frame with a value begins. */
const VALUE = '{"value":';
/** How one begins that bytes follow. */
const BYTES = '{"bytes":';
/** How much of a chunk that nobody wants is read at a time. */
const DROPPED_AT_ONCE = 64 * 1024;

/** Reads the frames of a stream, of which bytes are no lines. */
export class FrameReader {
  readonly #reader: LineReader;
  readonly #maxDepth: number;
  readonly #incoming: Incoming;
  readonly #onControl: (frame: Record<string, unknown>) => void;
  readonly #size = new ReadSize();
  // A chunk whose bytes are under way, and its memory if it has some already.
  #length = 0;
  #left = 0;
  #chunk: Uint8Array | undefined;

  /**
   * Reads from where `reader` is. A value may be nested `maxDepth` deep.
   * `incoming` gets the chunks, and `onControl` the other frames.
   */
  constructor(
    reader: LineReader,
    maxDepth: number,
    incoming: Incoming,
    onControl: (frame: Record<string, unknown>) => void,
  ) {
    this.#reader = reader;
    this.#maxDepth = maxDepth;
    this.#incoming = incoming;
    this.#onControl = onControl;
  }

  /**
   * Takes the next frame, or a part of it, as far as it has been read. Returns
   * whether there was any.
   *
   * @throws {SyntaxError} If a frame is not valid.
   * @throws {RangeError} If it is over a limit.
   */
  take(): boolean {
    if (this.#left > 0) return this.#takeBytes();
    const length = this.#reader.numberBetween(BYTES, "}");
    if (length !== undefined) {
      this.#startBytes(length);
      return true;
    }
    // Small values come many at a time, and are decoded so.
    const { text, count, longest } = this.#reader.linesThatStart(VALUE);
    if (count > 0) {
      const deep = longest > 2 * this.#maxDepth &&
        isDeeper(text, this.#maxDepth);
      const values = deep ? undefined : parseValues(text, count);
      const size = text.length / count;
      if (values) {
        for (const value of values) this.#incoming.onChunk(value, size);
      } else for (const line of text.split("\n")) this.#receive(line);
      return true;
    }
    const line = this.#reader.line();
    if (line !== undefined) this.#receive(line);
    return line !== undefined;
  }

  /**
   * Reads once. Resolves to `false` at the end.
   *
   * @throws {SyntaxError} If it is the end within a chunk.
   */
  async readMore(): Promise<boolean> {
    const most = this.#size.begin();
    const more = this.#left === 0
      ? await this.#reader.fill(undefined, most)
      : await this.#readBytes(most);
    this.#size.end();
    return more;
  }

  async #readBytes(most: number): Promise<boolean> {
    const target = this.#target();
    // A small piece comes cheaper with what follows it.
    if (target === undefined || target.length <= GATHERED_CHUNK) {
      return await this.#reader.fill(GATHERED_CHUNK, most);
    }
    const count = await this.#reader.read(target.subarray(0, most));
    if (count === null) return false;
    this.#onBytes(count);
    return true;
  }

  #receive(line: string): void {
    if (line === "" || line === "\r") return;
    if (isDeeper(line, this.#maxDepth)) throw tooDeep(this.#maxDepth);
    const frame: unknown = JSON.parse(line);
    if (!isRecord(frame)) throw invalidFrame();
    if (Object.hasOwn(frame, "value")) {
      this.#incoming.onChunk(frame.value, line.length);
    } else if (frame.bytes !== undefined) this.#startBytes(frame.bytes);
    else this.#onControl(frame);
  }

  #startBytes(length: unknown): void {
    if (typeof length !== "number" || !Number.isInteger(length)) {
      throw invalidFrame();
    }
    if (length < 0) throw invalidFrame();
    if (length > MAX_CHUNK_BYTES) throw tooLong();
    this.#incoming.expectMore();
    if (length === 0) return this.#incoming.onChunk(new Uint8Array(0), 0);
    this.#length = this.#left = length;
  }

  #takeBytes(): boolean {
    const target = this.#target();
    if (target !== undefined) {
      const count = this.#reader.copy(target);
      if (count > 0) this.#onBytes(count);
      return count > 0;
    }
    // Whoever has taken bytes of it takes the rest in parts: all of it may be
    // more than the reader has room for.
    const chunk = this.#reader.bytes(Math.min(this.#left, GATHERED_CHUNK));
    if (chunk === undefined) return false;
    this.#left -= chunk.length;
    this.#incoming.onChunk(chunk, chunk.length);
    return true;
  }

  /** Where the next bytes go; `undefined` if they are gathered by the reader. */
  #target(): Uint8Array | undefined {
    if (!this.#incoming.isOpen) {
      this.#chunk = undefined;
      return new Uint8Array(Math.min(this.#left, DROPPED_AT_ONCE));
    }
    if (this.#chunk === undefined) {
      const view = this.#incoming.taker.view?.();
      if (view !== undefined) return view.subarray(0, this.#left);
      if (this.#length <= GATHERED_CHUNK || this.#left < this.#length) {
        return undefined;
      }
      this.#chunk = new Uint8Array(this.#length);
    }
    return this.#chunk.subarray(this.#length - this.#left);
  }

  #onBytes(count: number): void {
    this.#left -= count;
    if (!this.#incoming.isOpen) return;
    const chunk = this.#chunk;
    if (chunk === undefined) return this.#incoming.taker.onBytes?.(count);
    if (this.#left > 0) return;
    this.#chunk = undefined;
    this.#incoming.onChunk(chunk, chunk.length);
  }
}

/**
 * Stands between the values of frames that are decoded together. No frame can
 * hold it but by chance: frames that are not valid could make up for each other.
 */
const MARK = Math.floor(Math.random() * 2 ** 30);

/**
 * The values of frames that have no other member, by one parse for all;
 * `undefined` if it cannot be had so simply.
 */
function parseValues(text: string, count: number): unknown[] | undefined {
  if (!text.endsWith("}")) return undefined;
  const values = text.slice(VALUE.length, -1)
    .replaceAll(`}\n${VALUE}`, `,${MARK},`);
  let parsed: unknown[];
  try {
    parsed = JSON.parse(`[${values}]`);
  } catch {
    return undefined;
  }
  if (parsed.length !== 2 * count - 1) return undefined;
  const taken: unknown[] = [];
  for (let at = 0; at < count; at++) {
    if (at > 0 && parsed[2 * at - 1] !== MARK) return undefined;
    taken.push(parsed[2 * at]);
  }
  return taken;
}

function tooDeep(maxDepth: number): RangeError {
  return new RangeError(
    `Cannot read a frame of the stream: it is nested deeper than ${maxDepth} levels (maxDepth)`,
  );
}

function tooLong(): RangeError {
  return new RangeError(
    `Cannot read a frame of the stream: a chunk has at most ${MAX_CHUNK_BYTES} bytes`,
  );
}
