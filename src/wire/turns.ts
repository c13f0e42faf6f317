/** How long a loop may keep the others waiting, in milliseconds. */
const TURN = 4;
/** How often the clock is looked at. */
const STEPS = 16;

/**
 * How many ticks make a turn: the runtime below looks at its sockets at every
 * 61st, unless it has nothing else to do. A timer of 0 ms would take three
 * times as long.
 */
const TICKS = 62;

/** Resolves at the next tick of the event loop: what was written is on its way by then. */
export function tick(): Promise<void> {
  // Not before: it makes Deno load Node's timers, which takes milliseconds.
  immediate ??= (globalThis as unknown as TickGlobals).setImmediate;
  return new Promise((resolve) => immediate!(resolve));
}

interface TickGlobals {
  setImmediate(run: () => void): unknown;
}

let immediate: TickGlobals["setImmediate"] | undefined;

/**
 * Shares the event loop: one whose promises are all settled already, such as
 * those of a socket with room, would run on without a turn for anybody else.
 */
export class Turns {
  #steps = 0;
  #start = performance.now();

  /** Whether it is the turn of others. */
  isOver(): boolean {
    return ++this.#steps % STEPS === 0 &&
      performance.now() - this.#start > TURN;
  }

  /** Resolves when the others have had their turn. */
  async next(): Promise<void> {
    for (let i = 0; i < TICKS; i++) await tick();
    this.#start = performance.now();
  }
}
