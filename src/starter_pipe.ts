import { within } from "./time.ts";

/** How much is written at once, in bytes: the pipe holds twice as much, so that nothing waits. */
const AT_ONCE = 32 * 1024;

const encoder = new TextEncoder();

// Whatever else is done to `Deno.stdout`.
const { stdout } = Deno;
const writeSync = stdout.writeSync.bind(stdout);
const write = stdout.write.bind(stdout);

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
    if (this.#left >= 0) return void writeAll(bytes, writeSync);
    this.#waiting.push(bytes);
    this.#written = this.#written.then(() => {
      const next = this.#waiting.shift();
      if (next) return writeAll(next, write);
    });
  }

  /** The start is over: whoever has been served waits for nobody at its end. */
  letGo(): void {
    globalThis.removeEventListener("unload", this.#writeRest);
  }

  // Deno.exit() waits for nothing, and the last words are the ones that count.
  readonly #writeRest = (): void => {
    for (const bytes of this.#waiting.splice(0)) writeAll(bytes, writeSync);
  };

  /** Resolves when all of it was written, or after so many milliseconds. */
  async flushed(timeout: number): Promise<void> {
    if (this.#left < 0) await within(timeout, this.#written);
  }
}

async function writeAll(
  bytes: Uint8Array,
  write: (bytes: Uint8Array) => number | Promise<number>,
): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) {
      const count = write(bytes.subarray(at));
      at += typeof count === "number" ? count : await count;
    }
  } catch {
    // Nobody reads it.
  }
}
