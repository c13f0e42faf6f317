import type { MessageLimits } from "../limits.ts";
import { isDeeper } from "./depth.ts";
import { isLonger } from "./line_writer.ts";

/** The codes of JSON-RPC 2.0, https://www.jsonrpc.org/specification#error_object, and ours. */
export const ErrorCode = {
  /** The line is not JSON, or not UTF-8. */
  parse: -32700,
  /** The JSON is not a request, or not one that this connection can take. */
  invalidRequest: -32600,
  /** The iface has no such method. */
  methodNotFound: -32601,
  /** A method of the protocol was given wrong parameters. */
  invalidParams: -32602,
  /** The iface could not be made, or the daemon dies of an error that nobody caught. */
  internal: -32603,
  /** The method threw. */
  threw: -32000,
  /** The result cannot be written as JSON, is too long, or was dropped as too many are unread. */
  badResult: -32003,
  /** Over a limit: the call was not started, or the connection not taken. */
  limit: -32005,
  /** The call was cancelled. */
  cancelled: -32800,
  /** The daemon is closing and did not start the call. */
  closing: -32802,
} as const;

/** What links an answer to its request; a notification has none. */
export type Id = string | number;

/** The `error` of an answer. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Whether `value` is an object in the JSON sense. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of a request, or of a notification without `id`; `params` are JSON. */
export function requestText(
  id: Id | undefined,
  method: string,
  params: string,
  session?: string,
): string {
  const start = id === undefined
    ? '{"jsonrpc":"2.0",'
    : `{"jsonrpc":"2.0","id":${idText(id)},`;
  const end = session === undefined
    ? "}"
    : `,"session":${JSON.stringify(session)}}`;
  return start + methodText(method) + params + end;
}

function idText(id: Id): string {
  return typeof id === "number" ? `${id}` : JSON.stringify(id);
}

/** A program calls the same few methods again and again. */
const methodTexts = new Map<string, string>();
const MAX_METHOD_TEXTS = 100;

function methodText(method: string): string {
  let text = methodTexts.get(method);
  if (text === undefined) {
    text = `"method":${JSON.stringify(method)},"params":`;
    if (methodTexts.size < MAX_METHOD_TEXTS) methodTexts.set(method, text);
  }
  return text;
}

// What stands around the id of an answer, as it is written and read here.
const ANSWER = '{"jsonrpc":"2.0","id":';
const RESULT = ',"result":';

/** The text of an answer; `undefined` becomes `null`, as JSON has no other. */
export function resultText(id: Id, result: unknown): string {
  // The id not as in a request: V8 keeps texts of numbers, and a daemon with a
  // thousand connections would be 10 MiB larger.
  // A function or a symbol has no JSON either, and there is nobody to miss it.
  return `${ANSWER}${JSON.stringify(id)}${RESULT}${
    JSON.stringify(result) ?? "null"
  }}`;
}

const ZERO = 48;
const NINE = 57;
/** How long a line may be whose result is worth to be cut out, in characters. */
const SHORT = 1024;
/** Up to here, the digits of an id make a number that is exact. */
const ID_END = ANSWER.length + 15;

/**
 * What JSON.parse makes of an answer; of one as `resultText` writes it, no more
 * than its id and result, in less time.
 *
 * @throws {SyntaxError} If it is not JSON.
 */
export function parseAnswer(line: string): unknown {
  return parseResult(line) ?? JSON.parse(line);
}

function parseResult(line: string): { id: Id; result: unknown } | undefined {
  if (line.length > SHORT || !line.startsWith(ANSWER)) return;
  let at = ANSWER.length;
  if (line.charCodeAt(at) === ZERO) return;
  let id = 0;
  for (; at < ID_END; at++) {
    const code = line.charCodeAt(at);
    if (!(code >= ZERO && code <= NINE)) break;
    id = id * 10 + code - ZERO;
  }
  if (id === 0 || !line.startsWith(RESULT, at) || !line.endsWith("}")) return;
  try {
    const result = JSON.parse(line.slice(at + RESULT.length, -1));
    return { id, result };
  } catch {
    return undefined; // it has other members, or is no JSON at all
  }
}

/** The text of an answer that is an error; `id` is null where it is not known. */
export function errorText(id: Id | null, error: ErrorObject): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

/**
 * The text of a caller's request: for a stream, with the session whose iface it
 * belongs to.
 *
 * @throws {TypeError} If `args` cannot be written as JSON.
 * @throws {RangeError} If they are longer, or nested deeper, than the daemon takes.
 */
export function callText(
  id: Id,
  method: string,
  args: unknown[] | object,
  { maxMessageBytes, maxDepth }: MessageLimits,
  session?: string,
): string {
  let params: string;
  try {
    params = JSON.stringify(Array.isArray(args) ? trim(args) : args);
  } catch (cause) {
    throw new TypeError(
      `Cannot call "${method}": its arguments cannot be written as JSON`,
      { cause },
    );
  }
  const text = requestText(id, method, params, session);
  const excess = isLonger(text, maxMessageBytes)
    ? `take more than ${maxMessageBytes} bytes (maxMessageBytes)`
    : isDeeper(params, maxDepth - 1)
    ? `are nested deeper than ${maxDepth} levels (maxDepth)`
    : undefined;
  if (excess === undefined) return text;
  throw new RangeError(`Cannot call "${method}": its arguments ${excess}`);
}

// JSON would make null of a missing argument, which no default stands in for.
function trim(args: unknown[]): unknown[] {
  let count = args.length;
  while (count > 0 && args[count - 1] === undefined) count--;
  return count === args.length ? args : args.slice(0, count);
}
