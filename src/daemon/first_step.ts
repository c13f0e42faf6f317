/** Whether a method returned an iterable, and neither a promise nor a stream. */
export function isIterable(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === "object" && result !== null &&
    Symbol.asyncIterator in result &&
    !("then" in result || "getReader" in result || "readable" in result);
}

/**
 * The same values, the first of which `take` asks for: that is when the code of
 * a generator begins to run, and not when it is called.
 */
export function takeFirstStep(
  iterable: AsyncIterable<unknown>,
  take: <T>(step: () => T) => T,
): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = take(() => iterable[Symbol.asyncIterator]());
      const step = () => iterator.next();
      let next = () => {
        next = step;
        return take(step);
      };
      return {
        next: () => next(),
        return: async (reason) =>
          await iterator.return?.(reason) ?? { done: true, value: reason },
      };
    },
  };
}
