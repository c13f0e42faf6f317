import type { MessageLimits } from "../limits.ts";
import { within } from "../time.ts";
import { toCancel, toErrorObject } from "./answer.ts";
import type { Duplex } from "./duplex.ts";
import { FrameReader, invalidFrame } from "./frame_reader.ts";
import { type ControlFrame, FrameWriter } from "./frame_writer.ts";
import { waitHalfClosed } from "./half_close.ts";
import type { LineReader } from "./line_reader.ts";
import { Turns } from "./turns.ts";
import { ErrorCode, isRecord } from "./message.ts";

/** How long the other end may take to read why its stream ends, in milliseconds. */
const REFUSAL_TIMEOUT = 1000;

/** What one end of a stream does with what comes from the other. */
export interface StreamEnds {
  /** Whether the next chunk is wanted. Nothing is read from the socket before. */
  wantsChunk(): boolean;
  /** A chunk came, of so many bytes as JSON or as they are. */
  onChunk(chunk: unknown, size: number): void;
  /** Gives the memory for the next bytes of a chunk, where its consumer has some of its own. */
  view?(): Uint8Array | undefined;
  /** Bytes came into what `view` gave; the rest of their chunk follows. */
  onBytes?(count: number): void;
  /** Nothing more comes for a moment. */
  flush?(): void;
  /** The other end has sent all of its chunks; it is told when they were taken, if that is waited for. */
  onDone(): Promise<void> | void;
  /** The other end's chunks ended by an error, or the connection did. */
  onError(reason: unknown): void;
  /** The other end wants no more of our chunks, or the connection has ended. */
  onCancel(reason: unknown): void;
  /** The other end has taken all of our chunks, and closed well. */
  onClosed(): void;
}

/** Options for {@linkcode StreamPeer}. */
export interface StreamPeerOptions {
  /** Whether chunks come from the other end. */
  readonly incoming: boolean;
  /** Whether chunks go to the other end. */
  readonly outgoing: boolean;
  /** Whether the other end may close its side and still read, as `nc -N` does. */
  readonly halfClose: boolean;
  /** Those of a value as JSON. */
  readonly limits: MessageLimits;
  /** Makes an error of the error object of a frame. */
  readonly toError: (error: unknown) => unknown;
}

/** The other end closed the connection before a direction of the stream had ended. */
export class StreamLostError extends Error {
  /** `cause` is what broke the connection, if it did not just end. */
  constructor(cause?: unknown) {
    super("The connection ended before the stream did", { cause });
  }
}

// What becomes of chunks in each state of the direction that they come from.
const FATES = {
  open: "taken",
  draining: "dropped",
  closing: "refused",
  ended: "refused",
} as const;

/** How often an end that is not read from is looked after, in milliseconds. */
const WATCH_INTERVAL = 1000;

/** One end of a stream: frames in and out on a connection of its own. */
export class StreamPeer {
  readonly #duplex: Duplex;
  readonly #frames: FrameReader;
  readonly #writer: FrameWriter;
  readonly #ends: StreamEnds;
  readonly #options: StreamPeerOptions;
  // "draining": what still comes was cancelled. "closing": all came, and our
  // end has yet to take it.
  #incoming: "open" | "draining" | "closing" | "ended";
  readonly #incomingEnd = Promise.withResolvers<void>();
  #outgoing: boolean;
  readonly #outgoingEnd = Promise.withResolvers<void>();
  #done = false;
  #started = false;
  #reading = false;
  readonly #turns = new Turns();
  #watcher: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  readonly #closed = Promise.withResolvers<void>();

  /** Takes over the connection from `reader`; nothing is read before `start()`. */
  constructor(
    duplex: Duplex,
    reader: LineReader,
    ends: StreamEnds,
    options: StreamPeerOptions,
  ) {
    this.#duplex = duplex;
    this.#frames = new FrameReader(reader, options.limits.maxDepth, {
      chunksAre: () => FATES[this.#incoming],
      view: () => ends.view?.(),
      onBytes: (count) => ends.onBytes?.(count),
      onChunk: (chunk, size) => ends.onChunk(chunk, size),
      onControl: (frame) => this.#onControl(frame),
    });
    this.#writer = new FrameWriter(
      duplex,
      options.limits,
      (error) => this.#lose(error),
    );
    this.#ends = ends;
    this.#options = options;
    this.#incoming = options.incoming ? "open" : "ended";
    this.#outgoing = options.outgoing;
  }

  /** Resolves when the connection has ended. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Whether chunks still go to the other end. */
  get outgoing(): boolean {
    return this.#outgoing;
  }

  /** Sends a chunk; the next has to wait for the result, if there is one. */
  send(chunk: unknown): Promise<void> | undefined {
    return this.#outgoing ? this.#writer.send(chunk) : undefined;
  }

  /**
   * Says that all chunks were sent. The direction ends when the other end has
   * taken them, or by `endOutgoing()`.
   */
  sendDone(): void {
    if (this.#done) return;
    this.#done = true;
    this.#control({ done: true });
  }

  /** Ends our direction by an error, which is not told where all chunks were sent. */
  sendError(error: unknown): void {
    if (!this.#outgoing) return;
    if (!this.#done) this.#control({ error: toErrorObject(error) });
    this.endOutgoing();
  }

  /** Ends our direction: no answer to it is waited for. */
  endOutgoing(): void {
    this.#outgoing = false;
    this.#outgoingEnd.resolve();
    this.#finish();
  }

  /** Tells the other end to send no more; what is under way is dropped. */
  cancel(reason: unknown): void {
    if (this.#incoming !== "open") return;
    this.#incoming = "draining";
    this.#control({ cancel: toCancel(reason) });
    this.resume();
  }

  /** Starts to read, as nobody else uses the reader any more. */
  start(): void {
    this.#started = true;
    this.resume();
  }

  /** Reads on, as the next chunk is wanted. */
  resume(): void {
    if (this.#started && !this.#reading && !this.#ended) this.#read();
  }

  /**
   * Takes a frame that came by another way, as this connection is not read just
   * now. It comes here as well, and is no news then.
   */
  receive(frame: Record<string, unknown>): void {
    if (frame.cancel !== undefined) this.#onCancel(frame.cancel);
    if (!isRecord(frame.error) || this.#incoming !== "open") return;
    this.#incoming = "draining";
    this.#ends.onError(this.#reason(frame.error));
    this.resume();
  }

  /** Resolves when all that was sent so far has been written. */
  flushed(): Promise<void> {
    return this.#writer.flushed();
  }

  /** Sends a line before all frames. */
  sendLine(text: string): void {
    this.#writer.line(text);
  }

  /** Ends both directions with a reason that the other end is told. */
  async end(reason: unknown): Promise<void> {
    if (this.#incoming === "open") {
      this.#incoming = "ended";
      this.#control({ cancel: toErrorObject(reason) });
      this.#ends.onError(reason);
    }
    if (this.#outgoing) {
      this.sendError(reason);
      this.#ends.onCancel(reason);
    }
    await this.#writer.flushed();
    this.destroy();
  }

  /** Ends the connection at once; `reason` goes to whoever still uses the stream here. */
  destroy(reason: unknown = new StreamLostError()): void {
    if (this.#ended) return;
    this.#settle(reason);
    this.#hangUp();
  }

  /** Ends both directions for whoever uses the stream here. */
  #settle(reason: unknown): void {
    this.#ended = true;
    // Deno loads Node's timers for this as well, which takes milliseconds.
    if (this.#watcher !== undefined) clearTimeout(this.#watcher);
    if (this.#incoming === "open") this.#ends.onError(reason);
    if (this.#outgoing) this.#ends.onCancel(reason);
    this.#incoming = "ended";
    this.#outgoing = false;
    this.#incomingEnd.resolve();
    this.#outgoingEnd.resolve();
  }

  #hangUp(): void {
    this.#duplex.close();
    this.#closed.resolve();
  }

  #control(frame: ControlFrame): void {
    if (!this.#ended) this.#writer.control(frame);
  }

  #finish(): void {
    if (this.#incoming !== "ended" || this.#outgoing) return;
    this.#writer.flushed().then(() => this.destroy());
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (
        !this.#ended && (this.#incoming !== "open" || this.#ends.wantsChunk())
      ) {
        if (this.#frames.take()) continue;
        this.#ends.flush?.();
        const more = await this.#turns.share(this.#frames.readMore());
        if (!more) return await this.#onEnd();
      }
      if (!this.#ended) this.#watch();
    } catch (error) {
      if (error instanceof RangeError) this.#refuse(error);
      else this.#lose(error);
    } finally {
      this.#reading = false;
    }
  }

  // While our end wants nothing, nothing is read, and only a write tells that a
  // client has gone. That a daemon has gone is told by the session's connection.
  #watch(): void {
    if (!this.#options.halfClose) return;
    this.#watcher ??= setTimeout(async () => {
      this.#watcher = undefined;
      if (this.#reading) return;
      try {
        await this.#duplex.write(new Uint8Array(0));
        if (!this.#ended && !this.#reading) this.#watch();
      } catch (error) {
        this.#lose(error);
      }
    }, WATCH_INTERVAL);
  }

  /** Tells the other end, if it reads, that it went over a limit, and ends the connection. */
  async #refuse(cause: RangeError): Promise<void> {
    if (this.#ended) return;
    const error = { code: ErrorCode.invalidRequest, message: cause.message };
    if (this.#incoming === "open") this.#control({ cancel: error });
    if (this.#outgoing && !this.#done) this.#control({ error });
    this.#settle(new StreamLostError(cause));
    await within(REFUSAL_TIMEOUT, this.#writer.flushed());
    this.#hangUp();
  }

  #lose(error: unknown): void {
    this.destroy(
      error instanceof StreamLostError ? error : new StreamLostError(error),
    );
  }

  #onControl(frame: Record<string, unknown>): void {
    if (frame.done === true) this.#onDone();
    else if (isRecord(frame.error)) this.#onError(this.#reason(frame.error));
    else if (frame.cancel !== undefined) this.#onCancel(frame.cancel);
    else if (frame.closed === true) this.#onClosed();
    else throw invalidFrame();
  }

  #onDone(): void {
    if (this.#incoming === "closing" || this.#incoming === "ended") {
      throw invalidFrame();
    }
    const taken = this.#incoming === "open" ? this.#ends.onDone() : undefined;
    if (taken === undefined) return this.#endIncoming();
    this.#incoming = "closing";
    taken.then(
      () => this.#control({ closed: true }),
      (error) => this.#control({ cancel: toErrorObject(error) }),
    ).then(() => this.#endIncoming());
  }

  #onError(error: unknown): void {
    if (this.#incoming === "open") this.#ends.onError(error);
    this.#endIncoming();
  }

  #onCancel(cancel: unknown): void {
    if (!this.#outgoing) return;
    this.#outgoing = false;
    this.#ends.onCancel(cancel === null ? undefined : this.#reason(cancel));
    // So that the other end knows that all has come.
    this.sendDone();
    this.endOutgoing();
  }

  #onClosed(): void {
    if (!this.#outgoing) return;
    // Of chunks that still come it cannot be said that all were taken.
    if (!this.#done) throw invalidFrame();
    this.#ends.onClosed();
    this.endOutgoing();
  }

  /** The error that a frame holds, or the JSON value that was given for one. */
  #reason(error: unknown): unknown {
    const data = isRecord(error) ? error.data : undefined;
    return isRecord(data) && Object.hasOwn(data, "value")
      ? data.value
      : this.#options.toError(error);
  }

  #endIncoming(): void {
    this.#incoming = "ended";
    this.#incomingEnd.resolve();
    this.#finish();
  }

  // The other end sends no more. A client that only closed its side still gets
  // what is sent to it; one that has gone ends the stream.
  async #onEnd(): Promise<void> {
    if (this.#incoming === "open") this.#onError(new StreamLostError());
    const left: Promise<void>[] = [];
    // Whoever has sent all may close, and still hears that it was taken.
    if (this.#incoming === "closing") left.push(this.#incomingEnd.promise);
    else this.#incoming = "ended";
    if (this.#outgoing) left.push(this.#outgoingEnd.promise);
    if (left.length === 0) return this.#finish();
    if (!this.#options.halfClose) throw new StreamLostError();
    await waitHalfClosed(this.#duplex, Promise.all(left).then(() => {}));
  }
}
