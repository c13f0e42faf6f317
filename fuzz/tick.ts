const { setImmediate } = globalThis as unknown as {
  setImmediate(run: (value: void) => void): unknown;
};

/** Resolves at the next turn of the event loop, a thousand times sooner than a timer. */
export function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How many turns anything may take that waits for no timer, also if it lets others have theirs. */
const MAX_TURNS = 4000;

/** Resolves to whether `isDone` within so many turns. */
export async function rest(
  isDone: () => boolean,
  most: number = MAX_TURNS,
): Promise<boolean> {
  for (let turns = 0; turns < most && !isDone(); turns++) await tick();
  return isDone();
}
