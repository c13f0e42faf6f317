import { turn } from "./turns.ts";

/** Calls follow each other that have no more than this between them, in milliseconds. */
const FOLLOWS = 100;
/** How long the next one is expected then, in milliseconds. */
const SOON = 3;
/** How much of a stream is written at once beside them, in bytes. */
const PIECE = 24 * 1024;
/** After how much there is a turn: text takes a third of the room that it is given. */
const ENOUGH = PIECE / 3;

/** That of all streams: between two turns there is one piece, however many there are. */
let lastTurn: Promise<void> = Promise.resolve();

/**
 * The calls beside a stream, for which it makes way while they follow each
 * other: it goes in small pieces, and after each the event loop looks at its
 * sockets. Both ends come to the calls sooner then, as whoever reads the stream
 * is done with a piece before the next. Without calls it costs nothing.
 */
export class CallTraffic {
  readonly #calls: () => number;
  readonly #now: () => number;
  #seen = 0;
  #last = -Infinity;
  /** Until when the next call is expected; 0 if none is. */
  #until = 0;
  #bytes = 0;

  /** `calls` is how many there have been, and `now` the time in milliseconds. */
  constructor(
    calls: () => number,
    now: () => number = () => performance.now(),
  ) {
    this.#calls = calls;
    this.#now = now;
  }

  /** How many bytes may be gathered for one write: `most`, if there are no calls. */
  piece(most: number): number {
    return this.#isOn() ? PIECE : most;
  }

  /** So many bytes were written. Resolves when others had their turn, if it is theirs. */
  makeWay(bytes: number): Promise<void> | undefined {
    if (!this.#isOn()) return;
    this.#bytes += bytes;
    if (this.#bytes < ENOUGH) return;
    this.#bytes = 0;
    return lastTurn = lastTurn.then(turn);
  }

  #isOn(): boolean {
    const calls = this.#calls();
    if (calls === this.#seen && this.#until === 0) return false;
    const now = this.#now();
    if (calls !== this.#seen) {
      if (now - this.#last < FOLLOWS) this.#until = now + SOON;
      this.#seen = calls;
      this.#last = now;
    }
    if (now >= this.#until) this.#until = 0;
    return this.#until > 0;
  }
}
