import { atNextTick, within } from "../time.ts";

/** How long a loop may keep the others waiting, in milliseconds. */
const TURN = 2;
/** How often the clock is looked at. */
const STEPS = 4;
/** How many steps may go by then that do not wait by themselves. */
const TRIES = 4;
/** More microtasks than a step takes that need not wait for the system. */
const HOPS = 512;
/**
 * After how many steps that seem to wait there is a turn all the same: one that
 * takes still more microtasks seems to. No short stream comes to it.
 */
const WAITS = 128;
/** After how many such steps there is the next turn, as ticks are loaded by then. */
const MORE_WAITS = 16;

/**
 * How many ticks make a turn: the runtime below looks at its sockets at every
 * 61st, unless it has nothing else to do. A timer of 0 ms would take three
 * times as long.
 */
const TICKS = 62;

/** How long a loop that works may keep the others waiting, in milliseconds. */
const BUSY_TURN = 4;
/** From when on it is seen whether it waits for its work, in milliseconds. */
const BUSY = 2;
/** After how many pieces of work the clock is looked at, at most. */
const BUSY_STEPS = 16;
/** More microtasks than a read takes that need not wait for the system. */
const READ_HOPS = 64;

/** Resolves when the others have had their turn. */
export function turn(): Promise<void> {
  // Without a promise for each tick, which would take a quarter longer.
  return new Promise((resolve) => {
    let left = TICKS;
    const next = () => --left === 0 ? resolve() : atNextTick(next);
    atNextTick(next);
  });
}

/**
 * Resolves when what had come to this process's sockets has been gone through: a
 * process that was busy finds its timers over before it has looked there.
 */
export async function looked(): Promise<void> {
  await turn(); // in which they are looked at
  await turn();
}

/** As {@linkcode within}, of what may have come while this process was busy. */
export async function heardWithin(
  milliseconds: number,
  promise: Promise<unknown>,
): Promise<boolean> {
  if (await within(milliseconds, promise)) return true;
  const late = looked().then(() => false);
  return await Promise.race([promise.then(() => true), late]);
}

/**
 * Shares the event loop: one whose promises are all settled already, such as
 * those of a socket with room, would run on without a turn for anybody else.
 */
export class Turns {
  #steps = 0;
  #tries = 0;
  #waits = 0;
  #start = Date.now();

  /**
   * Resolves as `step` of a loop does; when the others have had their turn, where
   * it is theirs. They have it by themselves while a step waits for the system:
   * only a loop that never does is held up.
   */
  share<T>(step: Promise<T>): Promise<T> {
    const looks = this.#tries > 0 || ++this.#steps % STEPS === 0 &&
        this.#isOver();
    return looks ? this.#look(step) : step;
  }

  async #look<T>(step: Promise<T>): Promise<T> {
    const isWaiting = await waits(step);
    if (!isWaiting && ++this.#tries < TRIES) return step;
    const result = await step;
    if (!isWaiting || ++this.#waits === WAITS) {
      await turn();
      this.#waits = WAITS - MORE_WAITS;
    }
    this.#tries = 0;
    this.#start = Date.now();
    return result;
  }

  // Not by performance.now(), which is an op of Deno and takes three times as
  // long. This clock may be set, also back.
  #isOver(): boolean {
    const time = Date.now() - this.#start;
    return time < 0 || time > TURN;
  }
}

/** Shares the event loop, where a loop works on what it waits for in many pieces. */
export class BusyTurns {
  #start = performance.now();
  #steps = 0;
  #look = 1;

  /** Resolves as `step` does, which brings the next work; when the others have had their turn, where it is theirs. */
  next<T>(step: Promise<T>): Promise<T> {
    return performance.now() - this.#start < BUSY ? step : this.#next(step);
  }

  /** To be called after each piece of work: the turn of the others, where it is theirs. */
  due(): Promise<void> | undefined {
    if (++this.#steps < this.#look) return;
    this.#steps = 0;
    if (performance.now() - this.#start >= BUSY_TURN) return this.#turn();
    // The work may be slow: the first pieces tell.
    this.#look = Math.min(2 * this.#look, BUSY_STEPS);
  }

  async #next<T>(step: Promise<T>): Promise<T> {
    if (!await waits(step, READ_HOPS)) await this.#turn();
    const result = await step;
    this.#begin();
    return result;
  }

  async #turn(): Promise<void> {
    await turn();
    this.#begin();
  }

  #begin(): void {
    this.#start = performance.now();
    this.#steps = 0;
    this.#look = 1;
  }
}

/** Whether a promise waits for the system, rather than for other promises. */
async function waits(
  promise: Promise<unknown>,
  hops: number = HOPS,
): Promise<boolean> {
  let settled = false;
  const settle = () => settled = true;
  promise.then(settle, settle);
  for (let hop = 0; hop < hops && !settled; hop++) await undefined;
  return !settled;
}
