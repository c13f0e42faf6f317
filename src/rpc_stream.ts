/**
 * A stream method's stream, as its caller holds it. It may be read with
 * `for await`, piped through as a `TransformStream` is, and disposed of, by which
 * what has not ended is given up on both sides.
 *
 * Each direction ends by itself. When the caller of the method or the daemon
 * goes away before that, the direction errors, by a `ConnectionClosedError` where
 * it is the daemon: it never just ends.
 *
 * @typeParam R The chunks that come from the daemon; `never`, if none do.
 * @typeParam W The chunks that go to the daemon; `never`, if none do.
 */
export interface RpcStream<R = unknown, W = unknown>
  extends AsyncIterable<R>, AsyncDisposable {
  /**
   * The chunks from the daemon: JSON values, and `Uint8Array`s. It is read
   * from the socket only as far as it is read here, but for what fits into
   * buffers. Cancelling it cancels the daemon's source with the same reason. An
   * error comes behind the chunks before it.
   *
   * @throws {TypeError} If the stream is read by `bytes`, or by a loop.
   */
  readonly readable: ReadableStream<R>;
  /**
   * The same chunks as one stream of bytes, for a BYOB reader, whose memory
   * they are read into at once; instead of `readable`. A chunk that is no
   * `Uint8Array` errors it.
   *
   * @throws {TypeError} If the stream is read by `readable`, or by a loop.
   */
  readonly bytes: ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * Takes the chunks for the daemon. Closing it resolves when the daemon has
   * taken all of them and closed its end well or, while chunks from the daemon
   * are still to be read, when all were sent. Aborting it aborts the daemon's
   * end with the same reason, by which a close that still waits rejects. If it
   * was never used when the readable ends, it is closed by itself, and a later
   * write fails.
   */
  readonly writable: WritableStream<W>;
  /** Resolves when both directions have ended and the connection is closed. */
  readonly closed: Promise<void>;
}
