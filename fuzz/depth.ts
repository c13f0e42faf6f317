/** How deep a message may be nested by default. */
export const MAX_DEPTH = 1000;

/** How deep a JSON value is nested, made without the code under test. */
export function depthOf(value: unknown): number {
  let level = [value];
  for (let depth = 0;; depth++) {
    level = level.flatMap((value) =>
      typeof value === "object" && value !== null ? [value] : []
    );
    if (level.length === 0) return depth;
    level = level.flatMap((value) => Object.values(value as object));
  }
}
