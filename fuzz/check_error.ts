import * as bundled from "../mod.ts";
import * as unbundled from "../src/errors.ts";

/** More than the causes of an error may be deep. */
const MAX_DEPTH = 12;

/**
 * Looks at an error that came over the wire as those do who print it, and for
 * what must not have come with it. `thoroughly` takes more time.
 */
export function checkError(error: unknown, thoroughly: boolean): string[] {
  try {
    if (thoroughly) Deno.inspect(error);
    return [...look(error, 0)];
  } catch (thrown) {
    return [`an error cannot be looked at: ${thrown}`];
  }
}

function* look(error: unknown, depth: number): Iterable<string> {
  if (!(error instanceof Error)) {
    if (depth === 0) yield "what was thrown is no error";
    return;
  }
  if (depth > MAX_DEPTH) return yield "causes are too deep";
  for (const text of [error.name, error.message, error.stack]) {
    if (typeof text !== "string") yield `${typeof text} is no text`;
  }
  String(error);
  if (
    Object.hasOwn(error, "constructor") || Object.hasOwn(error, "__proto__")
  ) {
    yield "an error has another constructor or prototype";
  }
  if (
    error instanceof unbundled.RpcError || error instanceof bundled.RpcError
  ) {
    if (typeof error.code !== "number") yield "a code is no number";
    const names = ["__proto__", "constructor", "prototype"];
    if (names.some((name) => Object.hasOwn(error.data, name))) {
      yield "the data holds what would change what copies it";
    }
  } else if (
    depth > 0 && Object.getPrototypeOf(error) === Object.prototype
  ) yield "an error has lost its prototype";
  yield* look(error.cause, depth + 1);
  const { errors } = error as AggregateError;
  if (Array.isArray(errors)) {
    for (const one of errors) yield* look(one, depth + 1);
  }
}
