import { startTimer } from "../time.ts";

/** How often to look where the system does not tell of changes, in milliseconds. */
const LOOK_INTERVAL = 1000;

/**
 * Has somebody look whenever a file is touched, until it is disposed of; once a
 * second where the system has no watcher left, as editors use up many.
 */
export class Watch implements Disposable {
  readonly #look: () => Promise<void> | void;
  readonly #onError: (error: unknown) => void;
  #watcher: Deno.FsWatcher | undefined;
  #timer: Disposable | undefined;
  #stopped = false;

  /** `look` runs again when it has ended; `onError` also gets what it throws. */
  constructor(
    path: string,
    look: () => Promise<void> | void,
    onError: (error: unknown) => void,
  ) {
    this.#look = look;
    this.#onError = onError;
    this.#follow(path);
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#timer?.[Symbol.dispose]();
  }

  async #follow(path: string): Promise<void> {
    try {
      this.#watcher = Deno.watchFs(path);
      await this.#lookOnce(); // at what has happened before
      for await (const _event of this.#watcher) {
        if (this.#stopped) return;
        await this.#lookOnce();
      }
    } catch (cause) {
      const { message } = cause as Error;
      const error = `It is looked for once a second instead: ${message}`;
      this.#onError(new Error(error, { cause }));
    }
    this.#poll();
  }

  #poll(): void {
    if (this.#stopped) return;
    this.#timer = startTimer(LOOK_INTERVAL, async () => {
      await this.#lookOnce();
      this.#poll();
    });
  }

  // A look that fails tells nothing, and the next one may not.
  async #lookOnce(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#onError(error);
    }
  }
}
