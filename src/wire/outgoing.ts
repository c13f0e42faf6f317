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
  #isOpen: boolean;
  /** Whether the other end knows that all chunks were sent. */
  #isDone = false;
  readonly #ended = Promise.withResolvers<void>();

  /** `tell` sends a frame to the other end. */
  constructor(
    isOpen: boolean,
    end: OutgoingEnd,
    tell: (frame: ControlFrame) => void,
  ) {
    this.#isOpen = isOpen;
    this.#end = end;
    this.#tell = tell;
    if (!isOpen) this.finish();
  }

  /** Whether chunks still go to the other end. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when the direction has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Says that all chunks were sent. Ends when the other end has taken them, or by `finish()`. */
  sendDone(): void {
    if (!this.#isOpen || this.#isDone) return;
    this.#isDone = true;
    this.#tell({ done: true });
  }

  /** Ends by an error, unless all chunks were sent: then the other end has the last word. */
  sendError(error: unknown): void {
    if (!this.#isOpen || this.#isDone) return;
    this.#tell({ error: toErrorObject(error) });
    this.finish();
  }

  /** Ends by a reason, which the other end is told as `error`. */
  end(reason: unknown, error: ErrorObject): void {
    if (this.#isOpen && !this.#isDone) this.#tell({ error });
    this.fail(reason);
  }

  /** Ends: no answer to it is waited for. */
  finish(): void {
    this.#isOpen = false;
    this.#ended.resolve();
  }

  /** The other end wants no more of our chunks. */
  onCancel(reason: unknown): void {
    if (!this.#isOpen) return;
    this.sendDone(); // so that the other end knows that all has come
    this.fail(reason);
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

  /** Ends by a reason, which is for our end alone. */
  fail(reason: unknown): void {
    if (!this.#isOpen) return;
    this.finish();
    this.#end.onCancel(reason);
  }
}
