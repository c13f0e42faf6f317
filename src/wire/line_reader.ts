import type { Duplex } from "./duplex.ts";
import { decode, decodeLine } from "./utf8.ts";

const LF = 10;
const ZERO = 48;
const NINE = 57;
/** How many digits a number may have and be exact. */
const MAX_DIGITS = 15;
const SMALL = 1024;
const MIDDLE = 16 * 1024;
const LARGE = 256 * 1024;

/** A line is longer than the limit; what follows it cannot be trusted. */
export class LineTooLongError extends RangeError {
  /** The limit in bytes is all that is known of such a line. */
  constructor(maxLineBytes: number) {
    super(`Cannot read a line of more than ${maxLineBytes} bytes`);
  }
}

/**
 * Cuts what a {@linkcode Duplex} reads into lines.
 *
 * `fill()` reads once, and `lines()` or `line()` take what is complete. They
 * are apart so that a connection can turn from lines to bytes at any line.
 */
export class LineReader {
  readonly #source: Duplex;
  /** How many bytes a line may have from now on, without its line feed. */
  maxLineBytes: number;
  // Small until a read fills it: a thousand idle connections cost little.
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(SMALL);
  #start = 0;
  #end = 0;
  // Up to here there is no line feed: a line that comes in many pieces is looked
  // through once.
  #searched = 0;
  // Whether a line that was read is longer than a line may be.
  #tooLong = false;

  /** Reads nothing before it is asked to. */
  constructor(source: Duplex, maxLineBytes: number) {
    this.#source = source;
    this.maxLineBytes = maxLineBytes;
  }

  /**
   * Reads once, `most` bytes if there is room for more, and resolves to whether
   * anything came. `limit` is how much there may be already.
   *
   * @throws {LineTooLongError} If there is more.
   */
  async fill(
    limit: number = this.maxLineBytes,
    most: number = Infinity,
  ): Promise<boolean> {
    if (this.#tooLong || this.#end - this.#start > limit) {
      throw new LineTooLongError(this.maxLineBytes);
    }
    this.#makeRoom();
    const buffer = this.#buffer;
    const count = await this.#source.read(
      this.#end === 0 && most >= buffer.length
        ? buffer
        : buffer.subarray(this.#end, this.#end + most),
    );
    if (count === null) return false;
    this.#end += count;
    return true;
  }

  /** Takes every complete line that was read. */
  lines(): string[] {
    const from = Math.max(this.#start, this.#searched);
    const at = this.#buffer.subarray(from, this.#end).lastIndexOf(LF);
    this.#searched = this.#end;
    if (at === -1) return [];
    const read = this.#buffer.subarray(this.#start, from + at);
    this.#start = from + at + 1;
    try {
      // One decode for all of them: it costs as much as one for each.
      if (read.length <= this.maxLineBytes) return decode(read).split("\n");
    } catch {
      // One of them is not UTF-8.
    }
    return this.#cut(read);
  }

  /** Takes the next complete line, or `undefined` where none is complete yet. */
  line(): string | undefined {
    const at = this.#nextLineFeed();
    if (at === -1) return undefined;
    const line = this.#buffer.subarray(this.#start, at);
    if (line.length > this.maxLineBytes) {
      this.#tooLong = true;
      return undefined;
    }
    this.#start = at + 1;
    return decodeLine(line);
  }

  /**
   * Takes the complete lines up to the first that does not begin with `start`,
   * or is too long, as one text, how many they are, and how many bytes the
   * longest has.
   *
   * @throws {TypeError} If they are not UTF-8.
   */
  linesThatStart(
    start: string,
  ): { text: string; count: number; longest: number } {
    const first = this.#start;
    let count = 0;
    let longest = 0;
    while (startsAt(this.#buffer, this.#start, this.#end, start)) {
      const end = this.#nextLineFeed();
      const length = end - this.#start;
      if (end === -1 || length > this.maxLineBytes) break;
      longest = Math.max(longest, length);
      this.#start = end + 1;
      count++;
    }
    if (count === 0) return { text: "", count, longest };
    const lines = this.#buffer.subarray(first, this.#start - 1);
    return { text: decode(lines), count, longest };
  }

  /**
   * Takes the next line if that is `start`, a whole number as JSON has it, and
   * `end`; returns the number. Short lines come cheaper so than by a parse.
   */
  numberBetween(start: string, end: string): number | undefined {
    const buffer = this.#buffer;
    const limit = this.#end;
    if (!startsAt(buffer, this.#start, limit, start)) return undefined;
    const first = this.#start + start.length;
    let at = first;
    let number = 0;
    for (; at < limit && isDigit(buffer[at]); at++) {
      number = number * 10 + buffer[at] - ZERO;
    }
    const digits = at - first;
    if (digits === 0 || digits > 1 && buffer[first] === ZERO) return undefined;
    if (digits > MAX_DIGITS || !startsAt(buffer, at, limit, `${end}\n`)) {
      return undefined;
    }
    this.#start = at + end.length + 1;
    return number;
  }

  /**
   * Takes `count` bytes that are no lines, or returns `undefined` where they
   * have not all been read yet.
   */
  bytes(count: number): Uint8Array | undefined {
    if (this.#end - this.#start < count) return undefined;
    this.#start += count;
    // A copy: one buffer that stays in the cache is quicker than none that does.
    // Not by slice(), which clears its memory before.
    return new Uint8Array(
      this.#buffer.subarray(this.#start - count, this.#start),
    );
  }

  /** Puts bytes that are no lines into `target`, and returns how many. */
  copy(target: Uint8Array): number {
    const count = Math.min(this.#end - this.#start, target.length);
    const end = this.#start + count;
    target.set(this.#buffer.subarray(this.#start, end));
    this.#start = end;
    return count;
  }

  /** As `copy`, but reads if there is nothing to copy: `null` at the end. */
  async read(target: Uint8Array): Promise<number | null> {
    return this.copy(target) || await this.#source.read(target);
  }

  /** Where the next line feed is; -1 if it has not been read yet. */
  #nextLineFeed(): number {
    const from = Math.max(this.#start, this.#searched);
    const at = this.#buffer.subarray(from, this.#end).indexOf(LF);
    if (at === -1) this.#searched = this.#end;
    return at === -1 ? -1 : from + at;
  }

  /** Decodes each line by itself, up to one that is too long, which ends it then. */
  #cut(read: Uint8Array): string[] {
    const lines = splitBytes(read);
    const at = lines.findIndex((line) => line.length > this.maxLineBytes);
    this.#tooLong = at !== -1;
    return lines.slice(0, this.#tooLong ? at : undefined).map(decodeLine);
  }

  #makeRoom(): void {
    const size = this.#buffer.length;
    const kept = this.#end - this.#start;
    // A read into little room costs as much as one into much.
    if (kept > 0 && size - this.#end >= Math.min(size / 4, LARGE)) return;
    let buffer = this.#buffer;
    const larger = size < MIDDLE ? MIDDLE : LARGE;
    if (kept > size / 2) {
      // One that holds the longest line and one more read is enough.
      const needed = Math.min(size * 4, this.maxLineBytes + LARGE);
      buffer = new Uint8Array(Math.max(larger, needed));
    } else if (
      // The last read filled it, and more comes at once; or it is a huge one,
      // which is given back.
      this.#end === size && size < LARGE || size > LARGE
    ) {
      buffer = new Uint8Array(Math.max(larger, 2 * kept));
    }
    if (kept > 0) {
      if (buffer === this.#buffer) buffer.copyWithin(0, this.#start, this.#end);
      else buffer.set(this.#buffer.subarray(this.#start, this.#end));
    }
    this.#buffer = buffer;
    this.#searched -= this.#start;
    this.#start = 0;
    this.#end = kept;
  }
}

function splitBytes(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (
    let at = bytes.indexOf(LF);
    at !== -1;
    at = bytes.indexOf(LF, start)
  ) {
    lines.push(bytes.subarray(start, at));
    start = at + 1;
  }
  lines.push(bytes.subarray(start));
  return lines;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function startsAt(
  bytes: Uint8Array,
  at: number,
  end: number,
  start: string,
): boolean {
  if (end - at < start.length) return false;
  for (let i = 0; i < start.length; i++) {
    if (bytes[at + i] !== start.charCodeAt(i)) return false;
  }
  return true;
}
