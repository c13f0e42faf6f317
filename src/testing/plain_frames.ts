import { PlainEnd } from "./plain_end.ts";

/** A frame, as it came: a line that is no chunk of bytes, or such a chunk. */
export type PlainFrame = Record<string, unknown> | Uint8Array;

const encoder = new TextEncoder();

/** The other side of a stream under test. */
export class PlainFrames extends PlainEnd {
  /** Writes frames: bytes as a chunk of them, anything else as a line. */
  async send(...frames: unknown[]): Promise<void> {
    await this.write(toBytes(...frames));
  }

  /** The next frame, or `undefined` where the other side has ended. */
  async next(): Promise<PlainFrame | undefined> {
    const line = await this.line();
    if (line === undefined) return undefined;
    const frame = JSON.parse(line);
    return frame.bytes === undefined ? frame : await this.bytes(frame.bytes);
  }

  /** All frames up to the end. */
  async rest(): Promise<PlainFrame[]> {
    const frames: PlainFrame[] = [];
    let frame: PlainFrame | undefined;
    while ((frame = await this.next()) !== undefined) frames.push(frame);
    return frames;
  }
}

/** What frames look like on the wire. */
export function toBytes(...frames: unknown[]): Uint8Array {
  const parts = frames.flatMap((frame) =>
    frame instanceof Uint8Array
      ? [encoder.encode(`{"bytes":${frame.length}}\n`), frame]
      : [encoder.encode(`${JSON.stringify(frame)}\n`)]
  );
  const bytes = new Uint8Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
