/** How much is read ahead of whoever reads chunks, in bytes. */
export const READ_AHEAD = 256 * 1024;
/** How much memory is given to a reader of bytes that brings none. */
const BYTES_AT_ONCE = 256 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** What an {@linkcode Inlet} tells the stream that feeds it. */
export interface InletEvents {
  /** More is wanted. */
  readonly onPull: () => void;
  /** No more is wanted. */
  readonly onCancel: (reason: unknown) => void;
}

/** Where the chunks of a stream come in on the client's side. */
export interface Inlet {
  wantsChunk(): boolean;
  /** A chunk of so many bytes. */
  chunk(chunk: unknown, size: number): void;
  /** The memory of whoever reads, for the next bytes of a chunk. */
  view?(): Uint8Array | undefined;
  /** `count` bytes were put there. */
  filled?(count: number): void;
  /** Nothing more comes for a moment: whoever reads gets what is there. */
  flush?(): void;
  close(): void;
  /** Ends by an error, behind what has come before it. */
  error(reason: unknown): void;
  /** Ends by an error at once. */
  abort(reason: unknown): void;
}

/** An inlet of a stream. */
export interface StreamInlet<T> extends Inlet {
  readonly stream: ReadableStream<T>;
}

/** An inlet for chunks of any kind. */
export function chunkInlet(
  { onPull, onCancel }: InletEvents,
): StreamInlet<unknown> {
  let controller!: ReadableStreamDefaultController<unknown>;
  let size = 0;
  let failure: { readonly reason: unknown } | undefined;
  // An error would drop what nobody has read yet.
  const fail = () => {
    if (failure && controller.desiredSize === READ_AHEAD) {
      controller.error(failure.reason);
    }
  };
  const stream = new ReadableStream<unknown>({
    start: (its) => void (controller = its),
    // The branches of a tee() get a chunk later than its end would come to them.
    pull: () => failure ? queueMicrotask(fail) : onPull(),
    cancel: onCancel,
  }, {
    highWaterMark: READ_AHEAD,
    size: () => size,
  });
  return {
    stream,
    wantsChunk: () => controller.desiredSize! > 0,
    chunk(chunk, itsSize) {
      // Asked for at once. A whole number, so that what is empty has none.
      size = Math.max(Math.ceil(itsSize), 1);
      controller.enqueue(chunk);
    },
    close: () => controller.close(),
    error(reason) {
      failure = { reason };
      fail();
    },
    abort: (reason) => controller.error(reason),
  };
}

/** An inlet for bytes, which are read into the memory of whoever reads them. */
export function byteInlet(
  { onPull, onCancel }: InletEvents,
): StreamInlet<Bytes> {
  let controller!: ReadableByteStreamController;
  let wanted = false;
  let used = 0;
  let failure: { readonly reason: unknown } | undefined;
  const fail = () => {
    if (failure && controller.desiredSize === 0) {
      controller.error(failure.reason);
    }
  };
  const respond = () => {
    const count = used;
    used = 0;
    wanted = false;
    controller.byobRequest?.respond(count);
  };
  const failBehind = (reason: unknown) => {
    if (used > 0) respond(); // what came before it
    failure ??= { reason };
    fail();
  };
  const stream = new ReadableStream<Bytes>({
    type: "bytes",
    autoAllocateChunkSize: BYTES_AT_ONCE,
    start: (its) => void (controller = its as ReadableByteStreamController),
    pull() {
      if (failure) return fail();
      wanted = true;
      onPull();
    },
    cancel(reason) {
      wanted = false; // also while the daemon cannot be told yet
      onCancel(reason);
    },
  });
  return {
    stream,
    wantsChunk: () => wanted,
    chunk(chunk) {
      if (failure) return; // it came before the daemon knew
      if (chunk instanceof Uint8Array) {
        if (chunk.length === 0) return;
        // What it leaves over is taken first: an error would drop it.
        wanted = false;
        controller.enqueue(chunk as Bytes);
        return;
      }
      const reason = new TypeError(
        "Cannot read a chunk as bytes: it is a JSON value; use readable",
      );
      failBehind(reason);
      onCancel(reason);
    },
    view() {
      const view = controller.byobRequest?.view as Uint8Array | undefined;
      return view?.subarray(used);
    },
    filled(count) {
      used += count;
      if (used === controller.byobRequest?.view?.byteLength) respond();
    },
    flush() {
      if (used > 0) respond();
    },
    close() {
      if (failure) return; // which whoever reads has yet to come to
      if (used > 0) respond();
      controller.close();
      controller.byobRequest?.respond(0); // whoever still reads gets the end
    },
    error: failBehind,
    abort: (reason) => controller.error(reason),
  };
}
