const { setImmediate } = globalThis as unknown as {
  setImmediate(run: (value: void) => void): unknown;
};

/** Resolves at the next turn of the event loop, a thousand times sooner than a timer. */
export function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when the event loop has had so many turns. */
export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await tick();
}

/** How many turns anything may take that waits for no timer, also if it lets others have theirs. */
const MAX_TURNS = 4000;

/** Resolves to whether `isDone` within so many turns. */
export async function rest(
  isDone: () => boolean,
  most: number = MAX_TURNS,
): Promise<boolean> {
  for (let left = most; left > 0 && !isDone(); left--) await tick();
  return isDone();
}
