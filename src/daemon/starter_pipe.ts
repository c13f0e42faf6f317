import { within } from "../time.ts";
import { writeAll } from "../wire/line_writer.ts";
import { writeSafely } from "../write_safely.ts";

/** How much is written at once, in bytes: the pipe holds twice as much, so that nothing waits. */
const AT_ONCE = 32 * 1024;

const encoder = new TextEncoder();

// Whatever else is done to `Deno.stdout`.
const stdout = {
  write: Deno.stdout.write.bind(Deno.stdout),
  writeSync: Deno.stdout.writeSync.bind(Deno.stdout),
};

/**
 * The pipe to whoever starts this daemon, and may have died, or been stopped
 * before it reads: that is no reason for the daemon to die, or to wait.
 */
export class StarterPipe {
  #left = AT_ONCE;
  #written: Promise<void> = Promise.resolve();
  #waiting: Uint8Array[] = [];

  constructor() {
    globalThis.addEventListener("unload", this.#writeRest);
  }

  /** Writes `text`, at once as long as the pipe has room for it in any case. */
  write(text: string): void {
    const bytes = encoder.encode(text);
    this.#left -= bytes.length;
    if (this.#left >= 0) return void writeSafely(stdout, bytes);
    this.#waiting.push(bytes);
    this.#written = this.#written.then(() => {
      const next = this.#waiting.shift();
      if (next) return writeAll(stdout, next);
    }).catch(() => {}); // nobody reads it
  }

  /** The start is over: whoever has been served waits for nobody at its end. */
  letGo(): void {
    globalThis.removeEventListener("unload", this.#writeRest);
  }

  // Deno.exit() waits for nothing, and the last words are the ones that count.
  readonly #writeRest = (): void => {
    for (const bytes of this.#waiting.splice(0)) writeSafely(stdout, bytes);
  };

  /** Resolves when all of it was written, or after so many milliseconds. */
  async flushed(timeout: number): Promise<void> {
    if (this.#left < 0) await within(timeout, this.#written);
  }
}
