/** How long anything in a test may take, in milliseconds. */
const LIMIT = 60_000;

// A test may put others in their place.
const { setTimeout, clearTimeout } = globalThis;

/**
 * Resolves as `promise` does, or rejects when it takes far too long: a test
 * that fails tells more than one that hangs.
 */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`Never happened: ${what}`)),
    LIMIT,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
