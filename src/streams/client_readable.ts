import { iteratorInlet } from "./chunk_iterator.ts";
import {
  byteInlet,
  chunkInlet,
  type Inlet,
  type InletEvents,
  READ_AHEAD,
} from "./inlet.ts";
import type { IncomingEnd } from "../wire/incoming.ts";
import { Latch } from "../wire/latch.ts";

type MakeInlet<I extends Inlet = Inlet> = (events: InletEvents) => I;

/** How what is read ends: by a method of its inlet. */
export type InletEnding = (inlet: Inlet) => void;

/**
 * What is read of a stream on the client's side, in one of three ways. It is
 * made when it is asked for, and may have ended before that. Some of it is read
 * before that, as its end is awaited by whoever only writes.
 */
export class ClientReadable {
  readonly #events: InletEvents;
  #inlet: Inlet | undefined;
  #made: MakeInlet | undefined;
  #ending: InletEnding | undefined;
  /** What came before anybody asked for it. */
  readonly #early: [chunk: unknown, size: number][] = [];
  #ahead = 0;
  readonly #used = new Latch();

  constructor(events: InletEvents) {
    this.#events = events;
  }

  get stream(): ReadableStream<unknown> {
    return this.#read(chunkInlet).stream;
  }

  get bytes(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#read(byteInlet).stream;
  }

  iterator(): AsyncIterator<unknown> {
    // A stream that somebody has asked for is read as that, or says who has it.
    const isStream = this.#made !== undefined && this.#made !== iteratorInlet;
    return isStream
      ? this.stream[Symbol.asyncIterator]()
      : this.#read(iteratorInlet);
  }

  /** Whether anybody has asked for it. */
  get isUsed(): boolean {
    return this.#made !== undefined;
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** Runs `run` once somebody has asked for it, and could ask for the writable as well. */
  whenUsed(run: () => void): void {
    if (this.isUsed) run();
    else this.#used.promise.then(run);
  }

  /** Ends what is read, if it has not ended or been cancelled before. */
  end(ending: InletEnding): void {
    if (this.#ending) return;
    this.#ending = ending;
    if (this.#inlet) ending(this.#inlet);
  }

  /** Where its chunks go. */
  feed(): Omit<IncomingEnd, "onDone" | "onError"> {
    return {
      wantsChunk: () => this.#inlet?.wantsChunk() ?? this.#ahead < READ_AHEAD,
      onChunk: (chunk, size) => {
        if (this.#inlet) return this.#inlet.chunk(chunk, size);
        this.#early.push([chunk, size]);
        this.#ahead += Math.max(size, 1);
      },
      view: () => this.#inlet?.view?.(),
      onBytes: (count) => this.#inlet?.filled?.(count),
      flush: () => this.#inlet?.flush?.(),
    };
  }

  #read<I extends Inlet>(makeInlet: MakeInlet<I>): I {
    if (this.#made === undefined) {
      const { onPull, onCancel } = this.#events;
      this.#inlet = makeInlet({
        onPull,
        onCancel: (reason) => {
          this.#ending ??= () => {}; // it knows
          onCancel(reason);
        },
      });
      this.#made = makeInlet;
      this.#used.open();
      for (const early of this.#early.splice(0)) this.#inlet.chunk(...early);
      this.#ending?.(this.#inlet);
    } else if (this.#made !== makeInlet) {
      throw new TypeError(
        'Cannot read the stream in two ways: use "readable" or "bytes", or a loop',
      );
    }
    return this.#inlet as I;
  }
}
