const INTERVAL = 50;
const STEADY = 5;
const TIMEOUT = 3000;

/** What `measure` returns when it no longer changes by a hundredth for a quarter of a second, or after three seconds. */
export async function settled(measure: () => number): Promise<number> {
  const deadline = Date.now() + TIMEOUT;
  let last = measure();
  for (let steady = 0; steady < STEADY && Date.now() < deadline; steady++) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    const now = measure();
    if (Math.abs(now - last) > last / 100) steady = -1;
    last = now;
  }
  return last;
}
