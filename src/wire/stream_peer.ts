import type { MessageLimits } from "../limits.ts";
import { within } from "../time.ts";
import { toErrorObject } from "./answer.ts";
import type { Duplex } from "./duplex.ts";
import { type ControlFrame, invalidFrame } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { FrameWriter } from "./frame_writer.ts";
import { ClientWatch, waitHalfClosed } from "./half_close.ts";
import { Incoming, type IncomingEnd } from "./incoming.ts";
import type { LineReader } from "./line_reader.ts";
import { ErrorCode, isRecord } from "./message.ts";
import { Outgoing, type OutgoingEnd } from "./outgoing.ts";
import { Turns } from "./turns.ts";

/** How long the other end may take to read why its stream ends, in milliseconds. */
const REFUSAL_TIMEOUT = 1000;

/** How long output may go on behind an input that was taken, where the stream is to end, in milliseconds. */
const OUTPUT_TIMEOUT = 1000;

/** What one end of a stream does with what comes from the other. */
export interface StreamEnds extends IncomingEnd, OutgoingEnd {}

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
  /** How many calls there have been beside the stream, on the connection of its session. */
  readonly calls?: () => number;
}

/** The other end closed the connection before a direction of the stream had ended. */
export class StreamLostError extends Error {
  /** `cause` is what broke the connection, if it did not just end. */
  constructor(cause?: unknown) {
    super("The connection ended before the stream did", { cause });
  }
}

/** One end of a stream: frames in and out on a connection of its own. */
export class StreamPeer {
  readonly #duplex: Duplex;
  readonly #frames: FrameReader;
  readonly #writer: FrameWriter;
  readonly #options: StreamPeerOptions;
  /** The direction from the other end. */
  readonly incoming: Incoming;
  /** The direction to the other end. */
  readonly outgoing: Outgoing;
  #started = false;
  #reading = false;
  #writeError: unknown;
  readonly #turns = new Turns();
  readonly #watch: ClientWatch;
  #ended = false;
  readonly #bothEnded: Promise<unknown>;
  readonly #closed = Promise.withResolvers<void>();

  /** Takes over the connection from `reader`; nothing is read before `start()`. */
  constructor(
    duplex: Duplex,
    reader: LineReader,
    ends: StreamEnds,
    options: StreamPeerOptions,
  ) {
    this.#duplex = duplex;
    this.#writer = new FrameWriter(
      duplex,
      options.limits,
      (error) => this.#stopWriting(error),
      options.calls,
    );
    this.#options = options;
    this.#watch = new ClientWatch(
      duplex,
      () => !this.#ended && !this.#reading && !this.incoming.isFollowed,
      (error) => this.#hearOut(error),
    );
    const tell = (frame: ControlFrame) => {
      if (!this.#ended) this.#writer.control(frame);
    };
    this.incoming = new Incoming(options.incoming, ends, tell);
    this.outgoing = new Outgoing(options.outgoing, ends, tell);
    this.#frames = new FrameReader(
      reader,
      options.limits.maxDepth,
      this.incoming,
      (frame) => this.#onControl(frame),
    );
    this.#bothEnded = Promise.all([this.incoming.ended, this.outgoing.ended]);
    this.#bothEnded.then(() => this.#writer.flushed())
      .then(() => this.destroy());
  }

  /** Resolves when the connection has ended. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Sends a chunk; the next has to wait for the result, if there is one. */
  send(chunk: unknown): Promise<void> | undefined {
    return this.outgoing.isOpen ? this.#writer.send(chunk) : undefined;
  }

  /** Tells the other end to send no more; what is under way is dropped. */
  cancel(reason: unknown): void {
    this.incoming.cancel(reason);
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
   * Reads a chunk and so many bytes more of what still comes, wanted or not. For
   * when the other end has gone, or is about to, and may say why.
   */
  readOn(bytes = Infinity): void {
    this.incoming.readOn(bytes);
    this.resume();
  }

  /**
   * Takes a frame that came by another way, as this connection is not read just
   * now. It comes here as well, and is no news then.
   */
  async receive(frame: Record<string, unknown>): Promise<void> {
    if (frame.cancel !== undefined) this.#onCancel(frame.cancel);
    if (!isRecord(frame.error)) return;
    const reason = this.#reason(frame.error);
    // Whoever gives up both directions wants nothing of it any more.
    if (frame.cancel !== undefined) this.incoming.onEarlyError(reason);
    else await this.incoming.onErrorBehind(reason, () => this.#reading);
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

  /**
   * Ends both directions with a reason that the other end is told, as an error
   * of that code. If it has sent all of its chunks, it hears before that they
   * were taken, and gets what was made of them, unless that takes long.
   */
  async end(reason: unknown, code: number): Promise<void> {
    const error = toErrorObject(reason, code);
    this.incoming.end(reason, error);
    const mayFinish = code === ErrorCode.closing &&
      (this.incoming.isClosing || this.incoming.isTaken);
    if (!mayFinish) this.outgoing.end(reason, error);
    if (this.incoming.isClosing) await this.incoming.ended;
    // What a filter has made of a whole input is an answer; what goes on for long
    // without one is none.
    if (this.incoming.isTaken) {
      await within(OUTPUT_TIMEOUT, this.outgoing.ended);
    }
    this.outgoing.end(reason, error);
    await within(REFUSAL_TIMEOUT, this.#writer.flushed());
    this.destroy();
  }

  /** Ends the connection at once; `reason` goes to whoever still uses the stream here. */
  destroy(reason: unknown = new StreamLostError()): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watch.stop();
    this.incoming.fail(reason);
    this.outgoing.fail(reason);
    this.#duplex.close();
    this.#closed.resolve();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (!this.#ended && this.incoming.wantsFrame()) {
        if (this.#frames.take()) continue;
        this.incoming.taker.flush?.();
        const more = await this.#turns.share(this.#frames.readMore());
        if (!more) return await this.#onEnd();
      }
      // Nothing is read until more is wanted. That a daemon has gone is told by
      // the session's connection.
      if (!this.#ended && this.#options.halfClose) this.#watch.start();
    } catch (error) {
      if (error instanceof RangeError) this.#refuse(error);
      else this.#lose(error);
    } finally {
      this.#reading = false;
    }
  }

  /** Tells the other end, if it reads, that it went over a limit, and ends the connection. */
  async #refuse(cause: RangeError): Promise<void> {
    this.#started = false; // what follows cannot be trusted
    const error = { code: ErrorCode.invalidRequest, message: cause.message };
    const lost = new StreamLostError(cause);
    this.outgoing.end(lost, error); // before its end hears of the other, and closes it
    this.incoming.end(lost, error);
    await within(REFUSAL_TIMEOUT, this.#writer.flushed());
    this.destroy();
  }

  #stopWriting(error: unknown): void {
    if (this.#options.halfClose) this.#lose(error);
    else this.#hearOut(error);
  }

  /** The other end has gone by `error`; what it sent before that may end with its reason. */
  #hearOut(error: unknown): void {
    this.#writeError = error;
    this.readOn();
  }

  #lose(error: unknown): void {
    this.destroy(
      error instanceof StreamLostError ? error : new StreamLostError(error),
    );
  }

  #onControl(frame: Record<string, unknown>): void {
    const { done, error, cancel, closed } = frame;
    if (done === true) this.incoming.onDone();
    else if (isRecord(error)) this.incoming.fail(this.#reason(error));
    else if (cancel !== undefined) this.#onCancel(cancel);
    else if (closed === true) this.outgoing.onClosed();
    else throw invalidFrame();
  }

  #onCancel(cancel: unknown): void {
    this.outgoing.onCancel(cancel === null ? undefined : this.#reason(cancel));
  }

  /** The error that a frame holds, or the JSON value that was given for one. */
  #reason(error: unknown): unknown {
    const data = isRecord(error) ? error.data : undefined;
    // An error may have a property of that name, and has a stack as well.
    return isRecord(data) && Object.hasOwn(data, "value") && !("stack" in data)
      ? data.value
      : this.#options.toError(error);
  }

  // The other end sends no more. A client that only closed its side still gets
  // what is sent to it; one that has gone ends the stream.
  async #onEnd(): Promise<void> {
    const lost = new StreamLostError(this.#writeError);
    this.incoming.onLost(lost);
    if (this.incoming.hasEnded && !this.outgoing.isOpen) return;
    if (!this.#options.halfClose) throw lost;
    await waitHalfClosed(this.#duplex, this.#bothEnded);
  }
}
