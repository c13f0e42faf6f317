import { AutodError, ConnectionClosedError, RpcError } from "../errors.ts";
import type { Absence } from "./link.ts";
import { ErrorCode } from "../wire/message.ts";

/** Why there is no daemon, by the error of a connection to it; `undefined` if there is one that cannot be used. */
export function absenceOf(error: unknown): Absence | undefined {
  if (!isPassing(error)) return undefined;
  const absent = error instanceof Deno.errors.NotFound
    ? "there was none"
    : error instanceof Deno.errors.ConnectionRefused
    ? "the one that had the socket is dead"
    : `the one that had the socket did not take the connection (${
      (error as Error).message
    })`;
  return { absent };
}

// Everything that a daemon's coming and going can cause: none, a dead socket, a
// listener that closes just now. A backlog that stays full is that of one which is there.
function isPassing(error: unknown): boolean {
  return !(isShort(error) || error instanceof AutodError ||
    error instanceof Deno.errors.WouldBlock ||
    error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory ||
    error instanceof TypeError);
}

/** What this process, or the system, has no more of: files, or memory. */
const SHORT = ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS"];

/** Whether it is about this side of the connection, and not about the daemon. */
export function isShort(error: unknown): error is Error {
  return error instanceof Error && "code" in error &&
    SHORT.includes(error.code as string);
}

/**
 * What a daemon said before a connection to it ended, if it said anything: that
 * answers nothing in particular, and is the cause of why it ended. What is no
 * JSON, or too long, was said by somebody as well.
 */
export function lastWord(error: unknown): unknown {
  const { cause } = error as Error;
  const isWord = cause instanceof RpcError || cause instanceof SyntaxError ||
    cause instanceof RangeError;
  return isWord ? cause : error;
}

/** Why there is no daemon any more, by what one `said` instead of an answer; `undefined` if it is there. */
export function absenceAfter(said: unknown): Absence | undefined {
  if (said instanceof RpcError && said.code === ErrorCode.closing) {
    return said.cause instanceof Error
      ? { absent: "the old one died of an error", cause: said.cause }
      : { absent: "the old one was closing" };
  }
  // It has let go of its listener, or was killed, with this in its backlog.
  return said instanceof ConnectionClosedError
    ? { absent: "the old one ended before it answered" }
    : undefined;
}
