import { type ErrorData, isA, toErrorData } from "./error_data.ts";
import { isDeeper } from "./depth.ts";
import { isLonger } from "./line_writer.ts";
import {
  ErrorCode,
  type ErrorObject,
  errorText,
  type Id,
  resultText,
} from "./message.ts";

/** A call is answered with this error, as it stands. */
export class RefusedError extends Error {
  /** `code` is one of {@linkcode ErrorCode}. */
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

/** The error object of whatever was thrown; `code` is for what is no {@linkcode RefusedError}. */
export function toErrorObject(
  thrown: unknown,
  code: number = ErrorCode.threw,
): ErrorObject {
  if (isA(thrown, RefusedError)) {
    const { code, message, data } = thrown;
    return { code, message, data };
  }
  const data = toErrorData(thrown);
  return { code, message: data.message, data };
}

/** What a frame `cancel` holds: the reason, if there is one. */
export function toCancel(reason: unknown): ErrorObject | null {
  return reason === undefined ? null : toErrorObject(reason);
}

/** The answer to a message that is no request. */
export function invalidText(id: Id | null, reason: string): string {
  return refusalText(id, `this is no JSON-RPC 2.0 request: ${reason}`);
}

/** The answer to a request that this connection cannot take. */
export function refusalText(id: Id | null, reason: string): string {
  const message = `Cannot take the request: ${reason}`;
  return errorText(id, { code: ErrorCode.invalidRequest, message });
}

/** The answer with an error, without what does not fit into `maxBytes`. */
export function failureText(
  id: Id,
  thrown: unknown,
  code: number,
  maxBytes: number,
): string {
  const room = maxBytes - errorText(id, { code, message: "" }).length * 3;
  return errorText(id, fitError(toErrorObject(thrown, code), room));
}

/** What is kept of a message that is longer than a line may be, in characters. */
const CUT_MESSAGE = 100;

/** `error` without what does not fit into `maxBytes` as JSON, or has none. */
export function fitError(
  error: ErrorObject,
  maxBytes: number,
  maxDepth = Infinity,
): ErrorObject {
  const { code, message } = error;
  const { name, stack, cause } = (error.data ?? {}) as Partial<ErrorData>;
  const known = { name, message, stack };
  const ofError = name === undefined ? [] : [{ ...known, cause }, known];
  const parts = [
    error,
    ...ofError.map((data) => ({ code, message, data })),
    { code, message },
  ];
  for (const part of parts) {
    if (fits(part, maxBytes, maxDepth)) return part;
  }
  return { code, message: `${message.slice(0, CUT_MESSAGE)}…` };
}

function fits(error: ErrorObject, maxBytes: number, maxDepth: number): boolean {
  try {
    const text = JSON.stringify(error);
    return !isLonger(text, maxBytes) && !isDeeper(text, maxDepth);
  } catch {
    return false; // data that has no JSON
  }
}

/** The answer to a batch, of which some members have none. */
export function batchText(
  answers: (string | undefined)[],
  maxBytes: number,
): string | undefined {
  const texts = answers.filter((text) => text !== undefined);
  if (texts.length === 0) return undefined;
  const text = `[${texts.join(",")}]`;
  return isLonger(text, maxBytes)
    ? refusalText(null, "the answers to the batch take too many bytes")
    : text;
}

/** The answer in place of a result that is not kept, as too much waits for its client. */
export function unreadText(id: Id, method: string): string {
  return errorText(id, {
    code: ErrorCode.badResult,
    message:
      `Cannot answer "${method}": too many answers wait to be read; read them before you ask for more`,
  });
}

/** The answer with a result, or that it has no JSON, or takes more than `maxBytes`. */
export function answerText(
  id: Id,
  method: string,
  result: unknown,
  maxBytes: number,
): string {
  let why: string;
  let data: unknown;
  try {
    const text = resultText(id, result);
    if (!isLonger(text, maxBytes)) return text;
    why = `takes more than ${maxBytes} bytes; a stream has no limit`;
  } catch (error) {
    why = "cannot be written as JSON";
    data = toErrorData(error);
  }
  const code = ErrorCode.badResult;
  const message = `Cannot answer "${method}": its result ${why}`;
  const error = new RefusedError(code, message, data);
  return failureText(id, error, code, maxBytes);
}
