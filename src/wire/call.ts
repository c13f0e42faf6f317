import type { Id } from "./message.ts";

/** One call that a server runs. */
export class Call {
  readonly id: Id | undefined;
  /** Takes its answer, if it has one, as long as that is waited for. */
  send: ((answer: string | undefined) => void) | undefined;
  #controller: AbortController | undefined;
  #abortReason: { readonly reason: unknown } | undefined;

  /** A notification has no id, and cannot be cancelled by its client. */
  constructor(id: Id | undefined) {
    this.id = id;
  }

  /** Aborts when the call is cancelled. Made when it is first asked for: few methods do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason) this.#controller.abort(this.#abortReason.reason);
    }
    return this.#controller.signal;
  }

  /** Whether the call was cancelled. */
  get aborted(): boolean {
    return this.#abortReason !== undefined;
  }

  /** Cancels the call; what it answers is up to its method. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.#abortReason = { reason };
    this.#controller?.abort(reason);
  }
}
