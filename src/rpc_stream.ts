/** A stream method's result: see issue 3. */
export interface RpcStream<R = unknown, W = unknown>
  extends AsyncIterable<R>, AsyncDisposable {
  /** What the daemon sends. */
  readonly readable: ReadableStream<R>;
  /** What the daemon receives. */
  readonly writable: WritableStream<W>;
}
