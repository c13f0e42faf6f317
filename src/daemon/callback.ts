/**
 * What a method answers through: `callback(result)`, or as node does it
 * `callback(null, result)` and `callback(error)`.
 *
 * @typeParam R The type of the result.
 */
export type Callback<R> = (
  errorOrResult?: Error | R | null,
  result?: R,
) => void;

/**
 * Turns a method that answers through its last argument, as those of
 * auto-daemon do, into one that returns a promise.
 *
 * An `Error` as the first argument rejects; `null` or `undefined` before a
 * second argument is skipped; otherwise the first argument is the result.
 *
 * @example A method of auto-daemon
 * ```ts
 * import { callback } from "@autod/autod/server";
 *
 * let n = 0;
 * export default () => ({
 *   add: callback<[m: number], number>((m, cb) => cb(n += m)),
 * });
 * ```
 *
 * @typeParam A The arguments before the callback.
 * @typeParam R The type of the result.
 * @param fn The method, which calls its last argument once.
 * @returns The same method, as clients call it.
 */
export function callback<A extends unknown[], R>(
  fn: (...args: [...A, Callback<R>]) => void,
): (...args: A) => Promise<R> {
  return function (this: unknown, ...args: A): Promise<R> {
    return new Promise((resolve, reject) => {
      const answer: Callback<R> = (...answers) => {
        const [first, second] = answers;
        if (first instanceof Error) return reject(first);
        const skipped = answers.length > 1 && (first ?? null) === null;
        resolve((skipped ? second : first) as R);
      };
      // Arguments that the client left out keep their place before the callback.
      const missing = Math.max(0, fn.length - 1 - args.length);
      const padded = [...args, ...Array(missing).fill(undefined)];
      const ended: unknown = fn.apply(
        this,
        [...padded, answer] as [...A, Callback<R>],
      );
      // Of an async one nobody else hears what it throws.
      if (ended instanceof Promise) ended.catch(reject);
    });
  };
}
