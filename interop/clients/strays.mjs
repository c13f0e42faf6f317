/** Answers with the id `null`, which belong to no call of a client. */
export class Strays {
  #codes = [];
  #waiting = [];

  /** Takes the code of one. */
  add(code) {
    const wake = this.#waiting.shift();
    if (wake) wake(code);
    else this.#codes.push(code);
  }

  /** Resolves to the code of the next one. */
  next() {
    const code = this.#codes.shift();
    if (code !== undefined) return Promise.resolve(code);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
