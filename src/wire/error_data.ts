import { RpcError } from "../errors.ts";
import { MAX_DEPTH } from "../limits.ts";
import { isDeeper } from "./depth.ts";
import { isRecord } from "./message.ts";

/** How deep causes and `AggregateError.errors` are followed, on both sides. */
export const MAX_ERROR_DEPTH = 8;
/** How many errors are followed in all. */
const MAX_ERRORS = 32;

/** What travels of an error in `error.data`. */
export type ErrorData = Record<string, unknown> & {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
};

/** Makes what a method threw, which can be anything, fit for the wire. */
export function toErrorData(thrown: unknown): ErrorData {
  return encode(thrown, 0, { left: MAX_ERRORS });
}

// `budget` is that of the whole: errors that refer to each other would multiply.
function encode(
  thrown: unknown,
  depth: number,
  budget: { left: number },
): ErrorData {
  budget.left--;
  if (!isError(thrown)) {
    const value = plainCopy(thrown);
    const message = describe(thrown);
    return { ...value !== undefined && { value }, name: "Error", message };
  }
  const data: Record<string, unknown> = {};
  for (const key of attempt(() => Object.keys(thrown)) ?? []) {
    const value = plainCopy(property(thrown, key));
    if (value !== undefined) data[key] = value;
  }
  data.name = describe(property(thrown, "name"));
  data.message = describe(property(thrown, "message"));
  const stack = property(thrown, "stack");
  if (typeof stack === "string") data.stack = stack;
  delete data.cause;
  delete data.errors;
  if (depth < MAX_ERROR_DEPTH) {
    const cause = property(thrown, "cause");
    if (cause !== undefined && budget.left > 0) {
      data.cause = encode(cause, depth + 1, budget);
    }
    const errors = listOf(errorsOf(thrown), budget.left);
    if (errors !== undefined) {
      const list = data.errors = [] as ErrorData[];
      for (const error of errors) {
        if (budget.left > 0) list.push(encode(error, depth + 1, budget));
      }
    }
  }
  return data as ErrorData;
}

/** The error that a call is rejected with. Nothing of `error` is trusted. */
export function toRpcError(error: unknown): RpcError {
  const { code, message, data } = isRecord(error)
    ? error
    : {} as Record<string, unknown>;
  const remote = isRecord(data) ? data : {};
  return new RpcError(
    typeof code === "number" ? code : 0,
    typeof message === "string" ? message : "The daemon gave no message",
    {
      remoteName: text(remote.name),
      remoteStack: text(remote.stack),
      data: ownProperties(remote),
      cause: toError(remote.cause, 1),
      errors: toErrors(remote.errors, 1),
    },
  );
}

/** Rebuilds an error with its name, message, stack, causes and own properties. */
export function toError(data: unknown, depth = 0): Error | undefined {
  if (!isRecord(data) || depth > MAX_ERROR_DEPTH) return undefined;
  const cause = toError(data.cause, depth + 1);
  const error = new Error(text(data.message), cause && { cause });
  define(error, "name", text(data.name) ?? "Error");
  define(error, "stack", text(data.stack) ?? `${error.name}: ${error.message}`);
  const errors = toErrors(data.errors, depth + 1);
  if (errors) define(error, "errors", errors);
  for (const [key, value] of Object.entries(ownProperties(data))) {
    // Whoever prints it would run what is no function.
    if (!(key in Error.prototype)) Object.assign(error, { [key]: value });
  }
  return error;
}

function toErrors(items: unknown, depth: number): Error[] | undefined {
  if (!Array.isArray(items)) return undefined;
  return items.slice(0, MAX_ERRORS).map((item) => toError(item, depth))
    .filter((error) => error !== undefined);
}

// Members that have a place of their own, or that would change what an object is.
const NOT_OWN = new Set([
  "name",
  "message",
  "stack",
  "cause",
  "errors",
  "__proto__",
  "constructor",
  "prototype",
]);

function ownProperties(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).filter(([key]) => !NOT_OWN.has(key)),
  );
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** `instanceof`, also of a proxy that was revoked, which fails whatever is asked of it. */
export function isA<T>(
  value: unknown,
  type: abstract new (...args: never[]) => T,
): value is T {
  return attempt(() => value instanceof type) ?? false;
}

// What hardens an environment removes it.
const { isError: isAnyError = () => false } = Error;

// One of another realm, such as a context of node:vm, is no instance of ours.
function isError(value: unknown): value is Error {
  return isAnyError(value) || isA(value, Error);
}

/** What an error stands for: of one that `using` makes, what the disposal threw, and what was thrown before. */
function errorsOf(error: Error): unknown {
  return isA(error, SuppressedError)
    ? [property(error, "error"), property(error, "suppressed")]
    : property(error, "errors");
}

/** A plain array of the first items: a class of arrays may have methods of its own. */
function listOf(value: unknown, most: number): unknown[] | undefined {
  return attempt(() => {
    if (!Array.isArray(value)) return undefined;
    const length = Math.min(value.length, most);
    return Array.from({ length }, (_, i) => value[i]);
  });
}

// A getter, a toString or a proxy of the author's may throw as well.
function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function property(object: object, key: string): unknown {
  return attempt(() => (object as Record<string, unknown>)[key]);
}

function describe(value: unknown): string {
  const text = attempt(() =>
    typeof value === "object" ? JSON.stringify(value) : String(value)
  );
  return text ?? attempt(() => Object.prototype.toString.call(value)) ??
    `[${typeof value}]`;
}

/**
 * What JSON has of a value, if it has anything: to write that runs no code of the
 * author's, which may throw each time, and takes little of the stack.
 */
function plainCopy(value: unknown): unknown {
  return attempt(() => {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined || isDeeper(text, MAX_DEPTH)) return undefined;
    return JSON.parse(text);
  });
}
