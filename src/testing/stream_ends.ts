import { toLimits } from "../limits.ts";
import { LineReader } from "../wire/line_reader.ts";
import {
  type StreamEnds,
  StreamPeer,
  type StreamPeerOptions,
} from "../wire/stream_peer.ts";
import { memoryPair, type MemoryPairOptions } from "./memory_pair.ts";
import { PlainFrames } from "./plain_frames.ts";

/** Writes down what a stream's peer tells, and wants chunks as long as it should. */
export class RecordedEnds implements StreamEnds {
  /** What happened, in order; errors by their names and messages. */
  readonly events: unknown[][] = [];
  /** How many chunks are wanted. */
  wanted = Infinity;
  /** What `onDone` returns. */
  taken: Promise<void> | undefined;
  readonly #changed: (() => void)[] = [];

  /** Resolves when there are `count` events. */
  async until(count: number): Promise<unknown[][]> {
    while (this.events.length < count) {
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    return this.events;
  }

  wantsChunk(): boolean {
    return this.wanted > 0;
  }

  onChunk(chunk: unknown): void {
    this.wanted--;
    this.#tell("chunk", chunk);
  }

  onDone(): Promise<void> | void {
    this.#tell("done");
    return this.taken;
  }

  onError(reason: unknown): void {
    this.#tell("error", plain(reason));
  }

  onCancel(reason: unknown): void {
    this.#tell("cancel", plain(reason));
  }

  onClosed(): void {
    this.#tell("closed");
  }

  #tell(...event: unknown[]): void {
    this.events.push(event);
    for (const wake of this.#changed.splice(0)) wake();
  }
}

function plain(reason: unknown): unknown {
  if (!(reason instanceof Error)) return reason;
  const { name, message, cause } = reason;
  return cause instanceof Error
    ? `${name}: ${message} (${cause.name})`
    : `${name}: ${message}`;
}

/** A stream's peer whose other side is a plain one. */
export function streamPeer(
  options: Partial<StreamPeerOptions> & MemoryPairOptions = {},
): { peer: StreamPeer; ends: RecordedEnds; frames: PlainFrames } {
  const [near, far] = memoryPair(options);
  const ends = new RecordedEnds();
  const peer = new StreamPeer(near, new LineReader(near, 1024 * 1024), ends, {
    incoming: true,
    outgoing: true,
    halfClose: false,
    limits: toLimits({}),
    toError: (error) => new Error((error as { message?: string }).message),
    ...options,
  });
  return { peer, ends, frames: new PlainFrames(far) };
}
