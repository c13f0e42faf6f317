import { startTimer } from "../time.ts";

/** How often to look where the system does not tell of changes, in milliseconds. */
const LOOK_INTERVAL = 1000;

/**
 * How often to look where it does, in milliseconds. Whoever removes a socket
 * touches no lock; who misses it may not, where he may start no daemon.
 */
const SLOW_INTERVAL = 5000;

/**
 * Has somebody look whenever a file is touched, and now and then, until it is
 * disposed of; once a second where the system has no watcher left, as editors
 * use up many.
 */
export class Watch implements Disposable {
  readonly #look: () => Promise<void> | void;
  readonly #onError: (error: unknown) => void;
  #watcher: Deno.FsWatcher | undefined;
  #timer: Disposable | undefined;
  #looking: Promise<void> | undefined;
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
      const watcher = this.#watcher = Deno.watchFs(path);
      this.#poll(SLOW_INTERVAL);
      await this.#lookOnce(); // at what has happened before
      for await (const _event of watcher) {
        if (this.#stopped) return;
        await this.#looking; // which may have begun before
        await this.#lookOnce();
      }
    } catch (cause) {
      const { message } = cause as Error;
      const error = `It is looked for once a second instead: ${message}`;
      this.#onError(new Error(error, { cause }));
    }
    this.#timer?.[Symbol.dispose]();
    this.#poll(LOOK_INTERVAL);
  }

  #poll(interval: number): void {
    if (this.#stopped) return;
    const timer = startTimer(interval, async () => {
      await this.#lookOnce();
      if (this.#timer === timer) this.#poll(interval);
    });
    this.#timer = timer;
  }

  // One at a time: two would each put the socket back.
  #lookOnce(): Promise<void> {
    return this.#looking ??= this.#tryLook()
      .finally(() => this.#looking = undefined);
  }

  // A look that fails tells nothing, and the next one may not.
  async #tryLook(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#onError(error);
    }
  }
}
