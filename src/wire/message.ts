import type { MessageLimits } from "../limits.ts";
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
  /** The iface itself could not be made. */
  internal: -32603,
  /** The method threw. */
  threw: -32000,
  /** What the method returned cannot be written as JSON. */
  notJson: -32003,
  /** Over a limit: the call was not started, or the connection not taken. */
  limit: -32005,
  /** The call was cancelled. */
  cancelled: -32800,
  /** The daemon is closing and did not start the call. */
  closing: -32802,
} as const;

/** What links an answer to its request; a notification has none. */
export type Id = string | number;

/** A request, or a notification where `id` is undefined. */
export interface Request {
  readonly id: Id | undefined;
  readonly method: string;
  /** The positional arguments; named parameters arrive as one object. */
  readonly args: unknown[];
  /** The session whose iface a stream method is called on. */
  readonly session?: string;
}

/** The `error` of an answer. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Why a JSON value is not a request, and the id to answer with. */
export class InvalidRequest {
  /** Public for the server's answer alone. */
  constructor(readonly reason: string, readonly id: Id | null) {}
}

/** Whether `value` is an object in the JSON sense. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How long an id may be, in characters: an answer has to fit into a line with it. */
const MAX_ID_LENGTH = 1024;

/** Checks one decoded message of a client. */
export function toRequest(value: unknown): Request | InvalidRequest {
  if (!isRecord(value)) {
    return new InvalidRequest("a message is an object", null);
  }
  const { id, method, params, session } = value;
  // An id that was rounded could answer another request: it is refused.
  const validId = typeof id === "string" && id.length <= MAX_ID_LENGTH ||
    typeof id === "number" && Math.abs(id) <= Number.MAX_SAFE_INTEGER;
  if (id !== undefined && !validId) {
    const reason =
      `an id is a string of up to ${MAX_ID_LENGTH} characters, or a number within ±(2^53 - 1)`;
    return new InvalidRequest(reason, null);
  }
  const answerId = validId ? id as Id : null;
  if (value.jsonrpc !== "2.0") {
    return new InvalidRequest('"jsonrpc" is "2.0"', answerId);
  }
  if (typeof method !== "string") {
    return new InvalidRequest('"method" is a string', answerId);
  }
  if (session !== undefined && typeof session !== "string") {
    return new InvalidRequest('"session" is a string', answerId);
  }
  if (params === undefined) return { id, method, args: [], session } as Request;
  if (typeof params !== "object" || params === null) {
    return new InvalidRequest('"params" is an array or an object', answerId);
  }
  const args = Array.isArray(params) ? params : [params];
  return { id, method, args, session } as Request;
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

const QUOTE = 34;
const BACKSLASH = 92;
const CLOSING_BRACE = 125;
/** What makes a brace of a bracket, and leaves a brace what it is. */
const BRACE = 32;
/** How many bytes are looked at in one step. */
const STRIDE = 4;

/**
 * Whether arrays and objects of a JSON text are nested deeper than `depth`. A
 * text that is no JSON may count as either.
 */
export function isDeeper(json: string, depth: number): boolean {
  // Few texts have to be looked at: each level takes two characters, and one
  // of them is quickly found.
  if (json.length <= 2 * depth || !mayNest(json, depth + 1)) return false;
  // Of bytes, and without a branch for each kind: the kinds follow each other as
  // no processor foresees, and this looks at each byte of a large message.
  const steps = new Int8Array(256);
  for (const bracket of "[{") steps[bracket.charCodeAt(0)] = 1;
  for (const bracket of "]}") steps[bracket.charCodeAt(0)] = -1;
  const turns = new Int8Array(256);
  turns[QUOTE] = -1;
  const bytes = new TextEncoder().encode(json);
  let level = 0;
  let outside = -1; // all bits, or none within a string
  let at = 0;
  // In strides up to the first escape, which has no fewer bytes before it than
  // characters, and as long as none of them can come to a level too deep.
  const escape = json.indexOf("\\");
  const end = (escape === -1 ? bytes.length : escape) - STRIDE;
  for (; at <= end && level <= depth - STRIDE; at += STRIDE) {
    const first = bytes[at];
    const second = bytes[at + 1];
    const third = bytes[at + 2];
    const fourth = bytes[at + 3];
    outside ^= turns[first];
    level += steps[first] & outside;
    outside ^= turns[second];
    level += steps[second] & outside;
    outside ^= turns[third];
    level += steps[third] & outside;
    outside ^= turns[fourth];
    level += steps[fourth] & outside;
  }
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    outside ^= turns[byte];
    level += steps[byte] & outside;
    if (level > depth) return true;
    if (byte === BACKSLASH) at++;
  }
  return false;
}

/**
 * Whether a text has so many brackets that open, but for those that are no
 * deeper than one that has just been closed beside them.
 */
function mayNest(text: string, count: number): boolean {
  let left = count;
  for (const bracket of ["[", "{"]) {
    for (
      let at = text.indexOf(bracket);
      at !== -1;
      at = text.indexOf(bracket, at + 1)
    ) {
      if (!isBesideClosed(text, at) && --left === 0) return true;
    }
  }
  return false;
}

// Only a comma comes between them. What closes is no part of a string, whose
// quote would come between as well, unless what opens is, which nests nothing.
function isBesideClosed(text: string, at: number): boolean {
  return (text.charCodeAt(at - 2) | BRACE) === CLOSING_BRACE;
}
