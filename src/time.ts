/**
 * Calls `onOver` after so many milliseconds, unless it is disposed of before.
 * It does not keep the process alive.
 *
 * For what runs at a start: the first `setTimeout` of a process makes Deno load
 * Node's timers, which takes a third of the time of a short command, and the
 * first `AbortSignal.timeout` takes ten times as long as this. What starts many
 * uses {@linkcode setTimer}: V8 keeps something of each of these until its time.
 */
export function startTimer(
  milliseconds: number,
  onOver: () => void,
): Disposable {
  let stopped = false;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  // Over at once, and no promise, where no time is left.
  const { value } = Atomics.waitAsync(cell, 0, 0, milliseconds);
  Promise.resolve(value).then(() => stopped || onOver());
  return {
    [Symbol.dispose]() {
      stopped = true;
      Atomics.notify(cell, 0); // so that little is kept until its time
    },
  };
}

/** A limit of time that can be moved, and asked afterwards; it ends when it is disposed of. */
export interface TimeLimit extends Disposable {
  /** Ends so many milliseconds from now instead. */
  extend(milliseconds: number): void;
  isOver(): boolean;
}

/** How long what has come in time may take to be read, in milliseconds. */
const READ_TIME = 50;

/**
 * Calls `onOver` after so many milliseconds, as {@linkcode startTimer} does, and
 * a moment later: what has come by then is read first, as this process itself
 * may have been busy or stopped all the while.
 */
export function limitTime(
  milliseconds: number,
  onOver: () => void,
): TimeLimit {
  let over = false;
  const end = () => {
    over = true;
    onOver();
  };
  const start = (milliseconds: number) =>
    startTimer(milliseconds, () => timer = startTimer(READ_TIME, end));
  let timer = start(milliseconds);
  return {
    isOver: () => over,
    [Symbol.dispose]: () => timer[Symbol.dispose](),
    extend(milliseconds) {
      timer[Symbol.dispose]();
      timer = start(milliseconds);
    },
  };
}

/** As {@linkcode startTimer}, by `setTimeout`: it keeps the process alive. */
export function setTimer(
  milliseconds: number,
  onOver: () => void,
): Disposable {
  const timer = setTimeout(onOver, milliseconds);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/**
 * Runs something at the next tick, behind all that promises do until then and
 * the errors that nobody catches. No timer: those of a test may be faked, and
 * are counted.
 */
export function atNextTick(run: () => void): void {
  // Not before: it makes Deno load Node's timers, which takes milliseconds.
  immediate ??= (globalThis as unknown as TickGlobals).setImmediate;
  immediate(run);
}

interface TickGlobals {
  setImmediate(run: () => void): unknown;
}

let immediate: TickGlobals["setImmediate"] | undefined;

/** Resolves after so many milliseconds. */
export async function delay(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Resolves after so many milliseconds, as {@linkcode delay} does, in a process
 * that has just started and has set no timer yet: see {@linkcode startTimer}.
 */
export async function pause(milliseconds: number): Promise<void> {
  using _alive = keepAlive();
  await new Promise<void>((resolve) => startTimer(milliseconds, resolve));
}

/**
 * Keeps the process alive until it is disposed of. A port takes a tenth of the
 * time of the first timer.
 */
export function keepAlive(): Disposable {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {};
  return {
    [Symbol.dispose]() {
      port1.close();
      port2.close();
    },
  };
}

/** Resolves to whether `promise` has resolved within so many milliseconds. */
export async function within(
  milliseconds: number,
  promise: Promise<unknown>,
): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  using _timer = setTimer(milliseconds, () => late.resolve(false));
  return await Promise.race([promise.then(() => true), late.promise]);
}

/** Waits for `promise`, but no longer than until `signal` aborts. */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal!.reason);
  signal?.addEventListener("abort", abort);
  try {
    signal?.throwIfAborted();
    // Also where there is no signal: a call would overtake those that have one.
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", abort);
    promise.catch(() => {}); // others may wait for it as well, and hear of it
  }
}
