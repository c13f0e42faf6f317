/** A method's writable, which takes what the client sends. */
export class ServedSink {
  readonly #writer: WritableStreamDefaultWriter<unknown>;
  readonly #onRoom: () => void;
  /** Whether chunks still go to it. */
  #isOpen = true;
  /** The last write that has to be waited for. */
  #last: Promise<void> | undefined;
  #written = 0;
  /** Rejects by what it has failed by first, or as somebody else has closed it. */
  readonly failed: Promise<void>;

  /** `onRoom` is told when it may want the next chunk. */
  constructor(writable: WritableStream<unknown>, onRoom: () => void) {
    this.#writer = writable.getWriter();
    this.#onRoom = onRoom;
    this.failed = this.#writer.closed.then(() => {
      if (!this.#isOpen) return;
      throw new TypeError("Cannot write: the method's writable is closed");
    });
  }

  /** How many chunks it has done with. */
  get written(): number {
    return this.#written;
  }

  // One at a time where it has a highWaterMark of 0, and is never ready.
  wantsChunk(): boolean {
    return this.#last === undefined || (this.#writer.desiredSize ?? 1) > 0;
  }

  write(chunk: unknown): void {
    const done = () => void this.#written++;
    const write = this.#writer.write(chunk).then(done, () => {}); // `failed` tells
    this.#last = write;
    if (this.wantsChunk()) return;
    write.then(() => {
      if (this.#last === write) this.#last = undefined;
      this.#onRoom();
    });
    this.#writer.ready.then(this.#onRoom, () => {});
  }

  /** All chunks have come. Rejects by what it has failed by first. */
  async close(): Promise<void> {
    this.#isOpen = false;
    try {
      await this.#writer.close();
    } catch (error) {
      // Of one that has failed, it hides why; of one whose maker was closing it, it
      // alone says that nothing was taken.
      await this.failed;
      throw error;
    }
  }

  abort(reason: unknown): Promise<void> {
    this.#isOpen = false;
    return this.#writer.abort(reason);
  }
}
