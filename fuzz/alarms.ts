/** Notes errors that nobody caught, and what they were, until it is disposed of. */
export class Alarms implements Disposable {
  readonly #noted: string[] = [];

  constructor() {
    addEventListener("error", this.#onError);
    addEventListener("unhandledrejection", this.#onRejection);
  }

  /** What was noted since the last time. */
  take(): string[] {
    return this.#noted.splice(0);
  }

  [Symbol.dispose](): void {
    removeEventListener("error", this.#onError);
    removeEventListener("unhandledrejection", this.#onRejection);
  }

  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault();
    this.#noted.push(`nobody caught ${Deno.inspect(event.error)}`);
  };

  readonly #onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.#noted.push(`nobody caught ${Deno.inspect(event.reason)}`);
  };
}
