/** How much of what a starting daemon prints is kept, in characters. */
const MAX_PRINTED = 8 * 1024;

const encoder = new TextEncoder();

/** What a starting daemon's process prints on one of its streams: the end of it is kept. */
export class Printed {
  /** Resolves when the stream has ended, or was let go of. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #take: (line: string) => boolean;
  #text = "";

  /**
   * Reads the stream from now on: a process whose output nobody reads stops.
   * `take` gets each line first, and returns whether it is not to be kept.
   */
  constructor(
    stream: ReadableStream<Uint8Array>,
    take: (line: string) => boolean,
  ) {
    this.#reader = stream.getReader();
    this.#take = take;
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
      const { done, value } = await this.#reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split(
        "\n",
      );
      rest = lines.pop()!.slice(-MAX_PRINTED);
      for (const line of lines) this.#keep(line);
    }
    if (rest !== "") this.#keep(rest);
  }

  #keep(line: string): void {
    if (this.#take(line)) return;
    this.#text = `${this.#text}${line}\n`.slice(-MAX_PRINTED);
  }
}

/** Copies a line to this command's stderr. */
export function show(line: string): void {
  Deno.stderr.writeSync(encoder.encode(`${line}\n`));
}
