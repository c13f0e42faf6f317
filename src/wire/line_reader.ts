import type { Duplex } from "./duplex.ts";

const LF = 10;
const SMALL = 4 * 1024;
const LARGE = 256 * 1024;

// A byte order mark is kept, so that JSON.parse refuses it as it should.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Stands for a line that is not UTF-8; like that line, it is not JSON. */
const NOT_UTF8 = "\uFFFD";

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
  readonly #maxLineBytes: number;
  // Small until a read fills it: a thousand idle connections cost little.
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(SMALL);
  #start = 0;
  #end = 0;

  /** A line may have `maxLineBytes` bytes, without its line feed. */
  constructor(source: Duplex, maxLineBytes: number) {
    this.#source = source;
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * Reads once and resolves to whether anything came.
   *
   * @throws {LineTooLongError} If the line that is being read passes the limit.
   */
  async fill(): Promise<boolean> {
    if (this.#end - this.#start > this.#maxLineBytes) {
      throw new LineTooLongError(this.#maxLineBytes);
    }
    this.#makeRoom();
    const buffer = this.#buffer;
    const count = await this.#source.read(
      this.#end === 0 ? buffer : buffer.subarray(this.#end),
    );
    if (count === null) return false;
    this.#end += count;
    return true;
  }

  /** Takes every complete line that was read. */
  lines(): string[] {
    const read = this.#buffer.subarray(this.#start, this.#end);
    const last = read.lastIndexOf(LF);
    if (last === -1) return [];
    this.#start += last + 1;
    if (last > this.#maxLineBytes) this.#checkLengths(read.subarray(0, last));
    try {
      // One decode for all of them: it costs as much as one for each.
      return decoder.decode(read.subarray(0, last)).split("\n");
    } catch {
      return splitBytes(read.subarray(0, last)).map(decodeLine);
    }
  }

  /** Takes the next complete line, or `undefined` where none is complete yet. */
  line(): string | undefined {
    const read = this.#buffer.subarray(this.#start, this.#end);
    const at = read.indexOf(LF);
    if (at === -1) return undefined;
    if (at > this.#maxLineBytes) this.#checkLengths(read.subarray(0, at));
    this.#start += at + 1;
    return decodeLine(read.subarray(0, at));
  }

  #checkLengths(bytes: Uint8Array): void {
    if (splitBytes(bytes).some((line) => line.length > this.#maxLineBytes)) {
      throw new LineTooLongError(this.#maxLineBytes);
    }
  }

  #makeRoom(): void {
    const size = this.#buffer.length;
    const kept = this.#end - this.#start;
    if (kept === 0) {
      // The last read filled it: more comes at once. A huge one is given back.
      if ((this.#end === size && size < LARGE) || size > LARGE) {
        this.#buffer = new Uint8Array(LARGE);
      }
    } else if (this.#end < size) {
      return;
    } else if (kept > size / 2) {
      // A buffer that holds the longest line and one more read is enough.
      const grown = new Uint8Array(
        Math.max(LARGE, Math.min(size * 4, this.#maxLineBytes + LARGE)),
      );
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = grown;
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
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

function decodeLine(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return NOT_UTF8;
  }
}
