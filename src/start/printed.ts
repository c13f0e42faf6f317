import { writeSafely } from "../write_safely.ts";

/** How much of what a starting daemon prints is kept, in characters. */
const MAX_PRINTED = 8 * 1024;

/** What a stream that fails has, as one that ends. */
const ENDED = { done: true, value: undefined } as const;

/** Options for {@linkcode Printed}. */
export interface PrintedOptions {
  readonly show?: boolean;
  readonly start?: string;
  readonly take?: (line: string) => boolean;
}

/** What a starting daemon's process prints on one of its streams: the end of it is kept. */
export class Printed {
  /** Resolves when the stream has ended, or was let go of. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #show: boolean;
  readonly #start: string;
  readonly #take: (line: string) => boolean;
  #text = "";

  /**
   * Reads the stream from now on: a process whose output nobody reads stops.
   * Lines that begin with `start` go to `take`, which returns whether they are
   * not to be kept. With `show`, the others are copied to this command's stderr.
   */
  constructor(
    stream: ReadableStream<Uint8Array>,
    { show = false, start = "\0", take = () => false }: PrintedOptions,
  ) {
    this.#reader = stream.getReader();
    this.#show = show;
    this.#start = start;
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
      const { done, value } = await this.#reader.read().catch(() => ENDED);
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split(
        "\n",
      );
      rest = lines.pop()!;
      // Of a line without an end only that is kept, unless it is to be taken.
      if (!rest.startsWith(this.#start)) rest = rest.slice(-MAX_PRINTED);
      for (const line of lines) this.#keep(line);
    }
    if (rest !== "") this.#keep(rest);
  }

  #keep(line: string): void {
    if (line === "" || line.startsWith(this.#start) && this.#take(line)) return;
    if (this.#show) writeSafely(Deno.stderr, `${line}\n`);
    this.#text = `${this.#text}${line}\n`.slice(-MAX_PRINTED);
  }
}
