import type { MessageLimits } from "../limits.ts";
import { fitError } from "./answer.ts";
import type { ErrorObject, Id } from "./message.ts";

/** A chunk may have this many bytes; it is held in memory whole. */
export const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

/** More than what a frame has around its error, in bytes. */
const FRAME_AROUND = 16;

/** How a direction of a stream ends or is ended, in the words of PROTOCOL.md. */
export type ControlFrame =
  | { readonly done: true }
  | { readonly closed: true }
  | { readonly error: ErrorObject }
  | { readonly cancel: ErrorObject | null };

/** A frame whose error is one that a line can hold. */
export function fitFrame(
  frame: ControlFrame,
  { maxMessageBytes, maxDepth }: MessageLimits,
): ControlFrame {
  const room = maxMessageBytes - FRAME_AROUND;
  const fit = (error: ErrorObject) => fitError(error, room, maxDepth - 1);
  if ("error" in frame) return { error: fit(frame.error) };
  return "cancel" in frame && frame.cancel
    ? { cancel: fit(frame.cancel) }
    : frame;
}

/** Frames of the stream `id` as `$/stream` has them, which all fit into its line. */
export function toStreamParams(
  id: Id,
  { cancel, error }: {
    readonly cancel?: ErrorObject | null;
    readonly error?: ErrorObject;
  },
  { maxMessageBytes, maxDepth }: MessageLimits,
): Record<string, unknown> {
  const fit = (error: ErrorObject) =>
    fitError(error, maxMessageBytes / 4, maxDepth - 2);
  return { id, cancel: cancel && fit(cancel), error: error && fit(error) };
}

/** What is thrown for a frame that PROTOCOL.md does not know, or not there. */
export function invalidFrame(): SyntaxError {
  return new SyntaxError("Cannot read a frame of the stream: it is not valid");
}
