/**
 * Resolves when nothing moves between the ends of a pair any more. All that
 * they do are microtasks, so this is a turn of the event loop and no sleep.
 */
export function atRest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
