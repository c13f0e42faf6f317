/** Decides what Date.now() says until it is disposed of. */
export class WallClock implements Disposable {
  readonly #real = Date.now;

  /** `tell` makes what it says of what it would say. */
  constructor(tell: (time: number) => number) {
    Date.now = () => tell(this.#real());
  }

  [Symbol.dispose](): void {
    Date.now = this.#real;
  }
}
