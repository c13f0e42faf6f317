/** How much is served before its answers go out, if there is more, in characters. */
const LEAST = 256;
/** How much is served, or answered, before they go out in any case. */
const MOST = 32 * 1024;

/**
 * Cuts what a client has in flight into two halves, so that it goes through the
 * answers to the first while the second is served. A client that works like that
 * already sends a half at a time: what came with the read before counts as well.
 */
export class Halves {
  #before = 0;
  #half = LEAST;
  #done = 0;

  /** These lines have come in one read, and are served now. */
  begin(lines: readonly string[]): void {
    const length = lines.reduce((sum, line) => sum + line.length, 0);
    const half = (length + this.#before) / 2;
    this.#half = Math.min(Math.max(half, LEAST), MOST);
    this.#before = length;
    this.#done = 0;
  }

  /** Whether the answers go out after `line`, where so many characters of them wait. */
  endWith(line: string, waiting: number): boolean {
    this.#done += line.length;
    if (this.#done < this.#half && waiting < MOST) return false;
    this.#done = 0;
    return true;
  }
}
