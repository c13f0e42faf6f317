import { within } from "../time.ts";
import { toCancel, toErrorObject } from "./answer.ts";
import { type ControlFrame, invalidFrame } from "./frame.ts";
import type { ErrorObject } from "./message.ts";

/** What takes the chunks that come from the other end. */
export interface IncomingEnd {
  /** Whether the next chunk is wanted. Nothing is read from the socket before. */
  wantsChunk(): boolean;
  /** A chunk came, of so many bytes as JSON or as they are. */
  onChunk(chunk: unknown, size: number): void;
  /** How many chunks it has done with. */
  written?(): number;
  /** Gives the memory for the next bytes of a chunk, where its consumer has some of its own. */
  view?(): Uint8Array | undefined;
  /** Bytes came into what `view` gave; the rest of their chunk follows. */
  onBytes?(count: number): void;
  /** Nothing more comes for a moment. */
  flush?(): void;
  /** The other end has sent all of its chunks; it is told when they were taken, if that is waited for. */
  onDone(): Promise<void> | void;
  /** The other end's chunks ended by an error, or the connection did. */
  onError(reason: unknown): void;
}

/** How long our end may take for a chunk, where an error follows, in milliseconds. */
const STUCK_TIMEOUT = 1000;

/** The direction of a stream from the other end: how it stands, and ends. */
export class Incoming {
  /** Our end, which takes the chunks. */
  readonly taker: IncomingEnd;
  readonly #tell: (frame: ControlFrame) => void;
  // "draining": what still comes was cancelled. "closing": all came, and our
  // end has yet to take it.
  #state: "open" | "draining" | "closing" | "ended" = "open";
  #isTaken = false;
  /** How much is read that nobody wants, in bytes, and whether any has been. */
  #readsOn = 0;
  #hasReadOn = false;
  /** The error that follows what comes, whose sender may have gone by then. */
  #followed: { readonly reason: unknown } | undefined;
  readonly #ended = Promise.withResolvers<void>();

  /** `tell` sends a frame to the other end. */
  constructor(
    isOpen: boolean,
    taker: IncomingEnd,
    tell: (frame: ControlFrame) => void,
  ) {
    this.taker = taker;
    this.#tell = tell;
    if (!isOpen) this.#finish();
  }

  /** Whether chunks still come, and are taken. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether all chunks came, and our end has yet to take them. */
  get isClosing(): boolean {
    return this.#state === "closing";
  }

  /** Whether all chunks came, and our end has taken them. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** Resolves when the direction has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether an error follows the chunks that still come. */
  get isFollowed(): boolean {
    return this.#followed !== undefined;
  }

  /** Whether to read on: frames that are no chunks come at any time. */
  wantsFrame(): boolean {
    return this.#readsOn > 0 || !this.isOpen || this.taker.wantsChunk();
  }

  /** Takes a chunk and so many bytes more, wanted or not. */
  readOn(bytes: number): void {
    this.#readsOn = bytes;
  }

  /**
   * Something comes that is about chunks.
   *
   * @throws {SyntaxError} If all have come.
   */
  expectMore(): void {
    if (!this.isOpen && this.#state !== "draining") throw invalidFrame();
  }

  /**
   * A chunk came, of so many bytes.
   *
   * @throws {SyntaxError} If all have come.
   */
  onChunk(chunk: unknown, size: number): void {
    this.expectMore();
    if (!this.isOpen) return;
    // The one that is under way may be as large as it likes.
    if (this.#hasReadOn) this.#readsOn -= size;
    this.#hasReadOn = this.#readsOn > 0;
    this.taker.onChunk(chunk, size);
  }

  /** Tells the other end to send no more; what is under way is dropped. */
  cancel(reason: unknown): void {
    if (this.#state !== "open") return;
    this.#state = "draining";
    this.#tell({ cancel: toCancel(reason) });
  }

  /** Ends by a reason, which the other end is told as `error`, if chunks still come. */
  end(reason: unknown, error: ErrorObject): void {
    if (this.#state !== "open") return;
    this.#tell({ cancel: error });
    this.fail(reason);
  }

  /**
   * The other end's error came by another way. The chunks before it come first,
   * for as long as our end takes any.
   */
  async onErrorBehind(
    reason: unknown,
    isReading: () => boolean,
  ): Promise<void> {
    if (this.#followed) return;
    this.#followed = { reason };
    const written = () => this.taker.written?.() ?? 0;
    let before = -1;
    while (this.isOpen && (isReading() || written() > before)) {
      before = written();
      await within(STUCK_TIMEOUT, this.ended);
    }
    this.onEarlyError(reason);
  }

  /** The other end's error came ahead of its chunks, which are dropped, or while our end takes the last. */
  onEarlyError(reason: unknown): void {
    if (this.#state === "closing") {
      this.taker.onError(reason);
      this.#finish();
    } else if (this.#state === "open") {
      this.#state = "draining";
      this.taker.onError(reason);
    }
  }

  /**
   * The other end has sent all of its chunks.
   *
   * @throws {SyntaxError} If it has said so already.
   */
  onDone(): void {
    this.expectMore();
    const taken = this.isOpen ? this.taker.onDone() : undefined;
    if (taken === undefined) return this.#finish();
    this.#state = "closing";
    taken.then(
      () => {
        this.#isTaken = true;
        this.#tell({ closed: true });
      },
      (error) => this.#tell({ cancel: toErrorObject(error) }),
    ).then(() => this.#finish());
  }

  /** Ends by a reason, which is for our end alone, or by the error that was to follow. */
  fail(reason: unknown): void {
    const first = this.#followed ?? { reason };
    const { isOpen } = this;
    this.#finish();
    if (isOpen) this.taker.onError(first.reason);
  }

  /** Nothing more comes: `reason` is why it has ended, if it has not. */
  onLost(reason: unknown): void {
    // Whoever has sent all may close, and still hears that it was taken.
    if (this.#state !== "closing") this.fail(reason);
  }

  #finish(): void {
    this.#state = "ended";
    this.#ended.resolve();
  }
}
