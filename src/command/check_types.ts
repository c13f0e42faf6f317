import { isRecord } from "../wire/message.ts";

/** What each option should be, in words and as a test. */
export type Expected = Readonly<
  Record<string, readonly [words: string, test: (value: unknown) => boolean]>
>;

/**
 * Checks the options of a function: their names, and what each of them is.
 *
 * @throws {TypeError} If one is missing, unknown or of the wrong type.
 */
export function checkTypes(
  taker: string,
  options: object,
  expected: Expected,
  required: readonly string[],
): void {
  if (!isRecord(options)) {
    throw new TypeError(
      `Cannot take ${shorten(options)}: ${taker}() takes an object of options`,
    );
  }
  // Also those that it inherits: they are used as well.
  for (const name in options) {
    const value = options[name];
    if (!Object.hasOwn(expected, name)) {
      throw new TypeError(
        `Cannot take the option "${name}": there is none of that name, only ${
          Object.keys(expected).join(", ")
        }`,
      );
    }
    if (value === undefined) continue;
    const [words, test] = expected[name];
    if (!test(value)) throw wrongType(name, words, value);
  }
  for (const name of required) {
    if (options[name] === undefined) {
      throw wrongType(name, expected[name][0], undefined);
    }
  }
}

function wrongType(name: string, words: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot take the option "${name}": it should be ${words}, and is ${
      describe(value)
    }`,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === "") return "empty";
  return shorten(value);
}

function shorten(value: unknown): string {
  const text = Deno.inspect(value, { depth: 1 });
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
