/**
 * Something that happens once. Its promise is made when it is first waited for:
 * of what a connection may have to tell, hardly anybody hears.
 */
export class Latch {
  #happened = false;
  #waited: PromiseWithResolvers<void> | undefined;

  /** Resolves when it has happened. */
  get promise(): Promise<void> {
    if (this.#waited === undefined) {
      this.#waited = Promise.withResolvers();
      if (this.#happened) this.#waited.resolve();
    }
    return this.#waited.promise;
  }

  /** It has happened; once more changes nothing. */
  open(): void {
    this.#happened = true;
    this.#waited?.resolve();
  }
}
