import { type Id, isRecord } from "./message.ts";

/** A request, or a notification where `id` is undefined. */
export interface Request {
  readonly id: Id | undefined;
  readonly method: string;
  /** The positional arguments; named parameters arrive as one object. */
  readonly args: unknown[];
  /** The session whose iface a stream method is called on. */
  readonly session?: string;
}

/** Why a JSON value is not a request, and the id to answer with. */
export class InvalidRequest {
  /** Public for the server's answer alone. */
  constructor(readonly reason: string, readonly id: Id | null) {}
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
