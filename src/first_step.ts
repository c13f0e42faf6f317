/** Whether a method returned a generator, or another iterator of its own. */
export function isGenerator(
  result: unknown,
): result is AsyncIterableIterator<unknown> {
  return typeof result === "object" && result !== null &&
    Symbol.asyncIterator in result && "next" in result;
}

/**
 * The same values, the first of which `take` asks for: that is when the code of
 * a generator begins to run, and not when it is called.
 */
export function takeFirstStep(
  generator: AsyncIterableIterator<unknown>,
  take: (step: () => unknown) => unknown,
): AsyncIterableIterator<unknown> {
  const step = () => generator.next();
  let next = () => {
    next = step;
    return take(step) as ReturnType<typeof step>;
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => next(),
    return: async (reason) =>
      await generator.return?.(reason) ?? { done: true, value: reason },
  };
}
