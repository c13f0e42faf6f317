/** How often to look, in milliseconds. */
const INTERVAL = 10;

/** Resolves to whether something is so within `limit` milliseconds, for what tells nobody when it is. */
export async function soon(
  is: () => boolean | Promise<boolean>,
  limit: number,
): Promise<boolean> {
  const deadline = Date.now() + limit;
  while (!await is()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
  return true;
}
