// The part of https://jsr.io/@std/assert that this project uses.

// deno-lint-ignore no-explicit-any -- any constructor will do
type AnyClass<T> = abstract new (...args: any[]) => T;

/** Throws unless `value` is truthy. */
export function assert(value: unknown, message?: string): asserts value;
/** Throws unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void;
/** Throws if `value` is truthy. */
export function assertFalse(value: unknown, message?: string): void;
/** Throws if both are deeply equal. */
export function assertNotEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void;
/** Throws unless both are the same value. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T;
/** Throws unless `actual` matches the pattern. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  message?: string,
): void;
/** Throws unless `actual` contains `expected`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  message?: string,
): void;
/** Throws unless `actual` is an instance of the class. */
export function assertInstanceOf<T>(
  actual: unknown,
  expected: AnyClass<T>,
  message?: string,
): asserts actual is T;
/** Throws unless `fn` throws such an error, which is returned. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: AnyClass<E>,
  messageIncludes?: string,
  message?: string,
): E;
/** Throws unless `fn` rejects with such an error, which is resolved to. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: AnyClass<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E>;
/** Throws. */
export function fail(message?: string): never;
