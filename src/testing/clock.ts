/** Stands still until it is disposed of, but for what a test adds. */
export class Clock {
  now = 0;
  readonly #real = performance.now;

  constructor() {
    performance.now = () => this.now;
  }

  [Symbol.dispose](): void {
    performance.now = this.#real;
  }
}
