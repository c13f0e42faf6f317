import { toErrorObject } from "./answer.ts";
import { type ControlFrame, invalidFrame } from "./frame.ts";
import type { ErrorObject } from "./message.ts";

/** What hears how the other end takes our chunks. */
export interface OutgoingEnd {
  /** The other end wants no more of our chunks, or the connection has ended. */
  onCancel(reason: unknown): void;
  /** The other end has taken all of our chunks, and closed well. */
  onClosed(): void;
}

/** The direction of a stream to the other end: how it stands, and ends. */
export class Outgoing {
  readonly #end: OutgoingEnd;
  readonly #tell: (frame: ControlFrame) => void;
  readonly #onEnded: () => void;
  #isOpen: boolean;
  /** Whether the other end knows that all chunks were sent. */
  #isDone = false;
  readonly #ended = Promise.withResolvers<void>();

  /** `tell` sends a frame to the other end; `onEnded` hears of the end of the direction. */
  constructor(
    isOpen: boolean,
    end: OutgoingEnd,
    tell: (frame: ControlFrame) => void,
    onEnded: () => void,
  ) {
    this.#isOpen = isOpen;
    this.#end = end;
    this.#tell = tell;
    this.#onEnded = onEnded;
  }

  /** Whether chunks still go to the other end. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when the direction has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Says that all chunks were sent. */
  sendDone(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#tell({ done: true });
  }

  /** Ends by an error, unless all chunks were sent: then the other end has the last word. */
  sendError(error: unknown, code?: number): void {
    if (!this.#isOpen || this.#isDone) return;
    this.#tell({ error: toErrorObject(error, code) });
    this.finish();
  }

  /** Ends by a reason that the other end is told, as an error of that code. */
  end(reason: unknown, code: number): void {
    if (!this.#isOpen) return;
    this.sendError(reason, code);
    this.#end.onCancel(reason);
  }

  /** Tells the other end that no more is sent. */
  refuse(error: ErrorObject): void {
    if (this.#isOpen && !this.#isDone) this.#tell({ error });
  }

  /** Ends: no answer to it is waited for. */
  finish(): void {
    this.#isOpen = false;
    this.#ended.resolve();
    this.#onEnded();
  }

  /** The other end wants no more of our chunks. */
  onCancel(reason: unknown): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end.onCancel(reason);
    // So that the other end knows that all has come.
    this.sendDone();
    this.finish();
  }

  /**
   * The other end has taken all of our chunks.
   *
   * @throws {SyntaxError} If they were not all sent: of chunks that still come
   * that cannot be said.
   */
  onClosed(): void {
    if (!this.#isOpen) return;
    if (!this.#isDone) throw invalidFrame();
    this.#end.onClosed();
    this.finish();
  }

  /** Ends at once, as the stream does; the other end is not told. */
  destroy(reason: unknown): void {
    if (this.#isOpen) this.#end.onCancel(reason);
    this.#isOpen = false;
    this.#ended.resolve();
  }
}
