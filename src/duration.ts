/** The longest delay of `setTimeout`, in milliseconds; it takes a longer one for none. */
const MAX_DURATION = 2 ** 31 - 1;

/**
 * Checks a number of milliseconds that is an option.
 *
 * @throws {RangeError} If it is not above 0 (or `least`) and within what a timer takes.
 */
export function checkDuration(
  name: string,
  value: number | boolean | undefined,
  least = Number.MIN_VALUE,
): void {
  if (typeof value !== "number") return;
  if (value >= least && value <= MAX_DURATION) return;
  throw new RangeError(
    `Cannot take the option "${name}": it should be milliseconds ${
      least === 0 ? "from 0" : "above 0"
    } and up to ${MAX_DURATION}, and is ${value}`,
  );
}
