/** Notes errors that nobody caught, and what they were, until it is disposed of. */
export class Alarms implements Disposable {
  readonly #noted: string[] = [];

  constructor() {
    addEventListener("error", this.#note);
    addEventListener("unhandledrejection", this.#note);
  }

  /** What was noted since the last time. */
  take(): string[] {
    return this.#noted.splice(0);
  }

  [Symbol.dispose](): void {
    removeEventListener("error", this.#note);
    removeEventListener("unhandledrejection", this.#note);
  }

  readonly #note = (event: ErrorEvent | PromiseRejectionEvent): void => {
    event.preventDefault();
    const error = event instanceof ErrorEvent ? event.error : event.reason;
    this.#noted.push(`nobody caught ${Deno.inspect(error)}`);
  };
}
