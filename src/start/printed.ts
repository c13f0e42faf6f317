import type { Readiness } from "./readiness.ts";
import { writeSafely } from "../write_safely.ts";

/** How much of what a starting daemon prints is kept, in characters. */
const MAX_PRINTED = 8 * 1024;

/** What a stream that fails has, as one that ends. */
const ENDED = { done: true, value: undefined } as const;

/** How the line begins that tells of the start. */
const START = '{"autod":';

/** What a starting daemon's process prints on one of its streams: the end of it is kept. */
export class Printed {
  /** Resolves when the stream has ended, or was let go of. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #show: boolean;
  readonly #onTold: ((readiness: Readiness) => void) | undefined;
  #text = "";

  /**
   * Reads the stream from now on: a process whose output nobody reads stops.
   * With `show`, it is copied to this command's stderr. What a line tells of the
   * start goes to `onTold` instead, if that is to be had from this stream.
   */
  constructor(
    stream: ReadableStream<Uint8Array>,
    show: boolean,
    onTold?: (readiness: Readiness) => void,
  ) {
    this.#reader = stream.getReader();
    this.#show = show;
    this.#onTold = onTold;
    this.ended = this.#read();
  }

  /** The end of what was printed so far. */
  get text(): string {
    return this.#text;
  }

  /** Lets go of the stream. */
  stop(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await this.#reader.read().catch(() => ENDED);
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split(
        "\n",
      );
      rest = lines.pop()!;
      // Of a line without an end only that is kept, unless it may tell of the start.
      if (!this.#mayTell(rest)) rest = rest.slice(-MAX_PRINTED);
      for (const line of lines) this.#keep(line);
    }
    if (rest !== "") this.#keep(rest);
  }

  #keep(line: string): void {
    if (line === "") return;
    const readiness = this.#mayTell(line) && parse(line);
    if (readiness) return this.#onTold?.(readiness);
    if (this.#show) writeSafely(Deno.stderr, `${line}\n`);
    this.#text = `${this.#text}${line}\n`.slice(-MAX_PRINTED);
  }

  #mayTell(line: string): boolean {
    return this.#onTold !== undefined && line.startsWith(START);
  }
}

function parse(line: string): Readiness | undefined {
  try {
    const told = JSON.parse(line);
    if (["ready", "busy", "failed"].includes(told.autod)) return told;
  } catch {
    // As below.
  }
  return undefined; // something else that looks like it
}
