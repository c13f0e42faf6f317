// The part of https://jsr.io/@std/streams that this project uses.

/** Gathers a stream into one string. */
export function toText(stream: ReadableStream): Promise<string>;
/** Cuts a stream of text into its lines. */
export class TextLineStream extends TransformStream<string, string> {
  constructor(options?: { allowCR?: boolean });
}
