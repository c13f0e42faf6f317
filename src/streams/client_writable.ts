import type { StreamPeer } from "../wire/stream_peer.ts";

/** What a {@linkcode ClientWritable} belongs to. */
export interface ClientWritableOptions {
  /** Resolves when the stream is open. */
  readonly opened: Promise<StreamPeer>;
  /** Whether chunks are still to be read. */
  readonly isRead: () => boolean;
  /** It was aborted. */
  readonly onAbort: (reason: unknown) => void;
}

/** How it has ended: well, or by an error. */
type End = { readonly error?: { readonly reason: unknown } };

/**
 * What is written to a stream on the client's side. It is made when it is asked
 * for, and may have ended before that.
 */
export class ClientWritable {
  readonly #options: ClientWritableOptions;
  #peer: StreamPeer | undefined;
  #stream: WritableStream<unknown> | undefined;
  #controller: WritableStreamDefaultController | undefined;
  #end: End | undefined;
  #left = false;
  readonly #ended = Promise.withResolvers<void>();
  #released: PromiseWithResolvers<void> | undefined;

  constructor(options: ClientWritableOptions) {
    this.#options = options;
  }

  get stream(): WritableStream<unknown> {
    this.#stream ??= new WritableStream({
      start: (controller) => {
        this.#controller = controller;
        if (this.#end?.error) controller.error(this.error);
        // The stream's own abort() would wait for the write or the close that is
        // under way. Its reason is never undefined: a frame has to hold it.
        const { signal } = controller;
        signal.addEventListener("abort", () => this.#abort(signal.reason));
      },
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
    });
    return this.#stream;
  }

  /** Whether anybody has asked for it. */
  get isUsed(): boolean {
    return this.#stream !== undefined;
  }

  /** By what it has failed, if it has. */
  get error(): unknown {
    return this.#end?.error?.reason;
  }

  /** Nobody has asked for it, and the daemon is told that no chunks come. */
  leave(): void {
    this.#left = true;
  }

  /** The daemon has taken all chunks. */
  close(): void {
    this.#finish({});
  }

  /** No more chunks can be written. */
  fail(reason: unknown): void {
    this.#finish({ error: { reason } });
  }

  #finish(end: End): void {
    if (this.#end) return;
    if (end.error) this.#controller?.error(end.error.reason);
    this.#settle(end);
  }

  #settle(end: End): void {
    this.#end = end;
    this.#released?.resolve();
    this.#ended.resolve();
  }

  #write(chunk: unknown): Promise<void> | undefined {
    const peer = this.#peer;
    if (peer === undefined) return this.#writeFirst(chunk);
    this.#throwIfEnded();
    if (this.#left) {
      throw new TypeError(
        "Cannot write: nobody did until the readable ended, which closed this direction as well; begin to write before that",
      );
    }
    // Its own command has ended the stream, of which whoever writes hears later.
    if (!peer.outgoing.isOpen) {
      return this.#ended.promise.then(() => this.#throwIfEnded());
    }
    const fail = (reason: unknown): never => {
      this.#options.onAbort(reason); // a chunk that has no JSON, is too long or has gone
      throw reason;
    };
    try {
      const room = peer.send(chunk);
      // Nobody may ever read it, and an abort need not wait for that.
      return room && Promise.race([room.catch(fail), this.#untilReleased()]);
    } catch (reason) {
      fail(reason);
    }
  }

  async #writeFirst(chunk: unknown): Promise<void> {
    this.#peer = await this.#options.opened;
    await this.#write(chunk);
  }

  // Of each write its own: a promise that lasts as long as the stream would
  // gather what waits for it.
  #untilReleased(): Promise<void> {
    this.#released = Promise.withResolvers();
    return this.#released.promise;
  }

  async #close(): Promise<void> {
    const peer = await this.#options.opened;
    this.#throwIfEnded(); // it took no chunks from the start, perhaps
    peer.outgoing.sendDone();
    // With chunks to be read, the daemon's word comes behind them, and whoever
    // reads them may wait for this.
    const ended = this.#ended.promise;
    await Promise.race([
      this.#options.isRead() ? peer.flushed() : ended,
      ended,
    ]);
    if (!peer.outgoing.isOpen) await ended; // as above
    this.#throwIfEnded();
  }

  #abort(reason: unknown): void {
    if (this.#end) return;
    this.#settle({ error: { reason } });
    this.#options.onAbort(reason);
  }

  #throwIfEnded(): void {
    const error = this.#end?.error;
    if (error) throw error.reason;
  }
}
