import { depthOf, MAX_DEPTH } from "./depth.ts";
import { decodeLine, isRecord, type Members, parseLine } from "./json.ts";

/** What a receiver makes of the frames of one direction. */
export interface Frames {
  /** The chunks before the end. */
  readonly chunks: unknown[];
  /** The frames that are no chunks, in order. */
  readonly controls: Members[];
  /**
   * How the chunks ended: all came, an error came, a frame was not valid, or
   * the connection ended without a word.
   */
  readonly end: "done" | "error" | "invalid" | "lost";
  /** Something that is not valid came, perhaps behind the end. */
  readonly isBroken: boolean;
}

/** A chunk may have so many bytes. */
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

/** Reads frames as PROTOCOL.md has them, without the code under test: all bytes are there at once. */
export function parseFrames(bytes: Uint8Array, maxLineBytes: number): Frames {
  const chunks: unknown[] = [];
  const controls: Members[] = [];
  let end: "done" | "error" | undefined;
  const over = (how: "invalid" | "lost") => (
    { chunks, controls, end: end ?? how, isBroken: how === "invalid" }
  );
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(10, start);
    const length = (found === -1 ? bytes.length : found) - start;
    if (length > maxLineBytes) return over("invalid");
    if (found === -1) break;
    const frame = parse(bytes.subarray(start, found));
    start = found + 1;
    if (frame === "") continue;
    if (frame === undefined || end && isOfChunks(frame)) return over("invalid");
    if (Object.hasOwn(frame, "value")) chunks.push(frame.value);
    else if (frame.bytes !== undefined) {
      const length = Number(frame.bytes);
      if (start + length > bytes.length) break;
      chunks.push(bytes.slice(start, start += length));
    } else {
      controls.push(frame);
      if (frame.done === true) end = "done";
      else if (isRecord(frame.error)) end ??= "error";
    }
  }
  return over("lost");
}

/** A frame, `""` for an empty line, or `undefined` if it is not valid. */
function parse(bytes: Uint8Array): Members | "" | undefined {
  const frame = parseLine(bytes);
  if (!frame) return frame;
  if (depthOf(decodeLine(bytes)) > MAX_DEPTH) return undefined;
  if (Object.hasOwn(frame, "value")) return frame;
  if (frame.bytes !== undefined) {
    const { bytes } = frame;
    const isLength = Number.isInteger(bytes) && Number(bytes) >= 0 &&
      Number(bytes) <= MAX_CHUNK_BYTES;
    return isLength ? frame : undefined;
  }
  const isControl = frame.done === true || isRecord(frame.error) ||
    frame.cancel !== undefined || frame.closed === true;
  return isControl ? frame : undefined;
}

function isOfChunks(frame: Members): boolean {
  return Object.hasOwn(frame, "value") || frame.bytes !== undefined ||
    frame.done === true;
}
