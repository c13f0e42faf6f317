import { toCancel, toErrorObject } from "./answer.ts";
import { type ControlFrame, invalidFrame } from "./frame.ts";
import type { Fate } from "./frame_reader.ts";
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

// What becomes of chunks in each state of the direction that they come from.
const FATES = {
  open: "taken",
  draining: "dropped",
  closing: "refused",
  ended: "refused",
} as const;

/** The direction of a stream from the other end: how it stands, and ends. */
export class Incoming {
  readonly #end: IncomingEnd;
  readonly #tell: (frame: ControlFrame) => void;
  // "draining": what still comes was cancelled. "closing": all came, and our
  // end has yet to take it.
  #state: keyof typeof FATES = "open";
  #isTaken = false;
  readonly #ended = Promise.withResolvers<void>();

  /** `tell` sends a frame to the other end. */
  constructor(
    isOpen: boolean,
    end: IncomingEnd,
    tell: (frame: ControlFrame) => void,
  ) {
    this.#end = end;
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

  /** What becomes of chunks now. */
  get fate(): Fate {
    return FATES[this.#state];
  }

  /** Whether to read on: frames that are no chunks come at any time. */
  wantsFrame(): boolean {
    return this.#state !== "open" || this.#end.wantsChunk();
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

  /** The other end's error came ahead of its chunks, which are dropped, or while our end takes the last. */
  onEarlyError(reason: unknown): void {
    if (this.#state === "closing") {
      this.#end.onError(reason);
      this.#finish();
    } else if (this.#state === "open") {
      this.#state = "draining";
      this.#end.onError(reason);
    }
  }

  /**
   * The other end has sent all of its chunks.
   *
   * @throws {SyntaxError} If it has ended already.
   */
  onDone(): void {
    const isOpen = this.#state === "open";
    if (!isOpen && this.#state !== "draining") throw invalidFrame();
    const taken = isOpen ? this.#end.onDone() : undefined;
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

  /** Ends by a reason, which is for our end alone. */
  fail(reason: unknown): void {
    if (this.#state === "open") this.#end.onError(reason);
    this.#finish();
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
