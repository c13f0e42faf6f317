import { refusalText, toCancel } from "./answer.ts";
import type { Call } from "./call.ts";
import { within } from "../time.ts";
import type { Duplex } from "./duplex.ts";
import { toStreamParams } from "./frame.ts";
import { waitHalfClosed } from "./half_close.ts";
import { Halves } from "./halves.ts";
import { Latch } from "./latch.ts";
import { LineReader, LineTooLongError } from "./line_reader.ts";
import { isLonger, LineWriter } from "./line_writer.ts";
import { type Answer, Responder, type ResponderOptions } from "./responder.ts";
import {
  discardStream,
  type Ending,
  serveStream,
  type StreamResult,
} from "./served_stream.ts";
import type { StreamPeer } from "./stream_peer.ts";
import { BusyTurns } from "./turns.ts";
import {
  ErrorCode,
  errorText,
  type Id,
  requestText,
  resultText,
} from "./message.ts";
import type { Request } from "./request.ts";

/** A client that does not read its answers is not read from beyond this, in characters. */
const MAX_QUEUED = 1024 * 1024;

/** The answering side of one connection: requests in, answers out. */
export class WireServer {
  readonly #duplex: Duplex;
  readonly #options: ResponderOptions;
  readonly #reader: LineReader;
  readonly #writer: LineWriter;
  readonly #responder: Responder;
  // Messages that were taken and are not answered yet; a batch is one, and so is
  // the rest of a read.
  #inFlight = 0;
  readonly #begun = new Latch();
  readonly #halves = new Halves();
  readonly #turns = new BusyTurns();
  #stream: StreamPeer | undefined;
  /** The connection of the session that its stream belongs to. */
  beside: WireServer | undefined;
  #endings: Ending[] | undefined; // of the directions of the stream
  #idle: PromiseWithResolvers<void> | undefined;
  #ended = false;
  #finished = false;
  #reason: unknown;

  /** Owns `duplex` from now on, and does nothing before `run()`. */
  constructor(duplex: Duplex, options: ResponderOptions) {
    this.#duplex = duplex;
    this.#options = options;
    this.#reader = new LineReader(duplex, options.maxMessageBytes);
    this.#writer = new LineWriter(
      duplex,
      (error) => this.destroy(isHangUp(error) ? undefined : error),
    );
    this.#responder = new Responder(options, {
      unread: () => this.#writer.unwritten,
      isServed: () => !this.#ended && !this.#finished,
      turn: () => this.#turns.due()?.then(() => this.#look()),
      becomeStream: (...args) => this.#becomeStream(...args),
    });
  }

  /** Resolves when the first message has come, or the connection has ended. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** The stream that the connection has become, if it has. */
  get stream(): StreamPeer | undefined {
    return this.#stream;
  }

  /** How many messages have come. */
  get messages(): number {
    return this.#responder.messages;
  }

  /** How many calls are being waited for. */
  get calls(): number {
    return this.#responder.calls;
  }

  /** Serves until the connection ends, and resolves to the reason, if there is one. */
  async run(): Promise<unknown> {
    try {
      while (await this.#turns.next(this.#reader.fill())) {
        this.#inFlight++; // the lines that wait for their turn have come as well
        // The first line may turn the connection into a stream, whose bytes
        // are no lines.
        const batch = this.#receiveFirst();
        if (batch) await batch;
        if (!this.#stream) await this.#serve(this.#reader.lines());
        this.#send(undefined);
        if (this.#stream) break;
      }
      if (this.#inFlight > 0) {
        await waitHalfClosed(this.#duplex, this.drained());
      }
      await this.drained();
      this.#stream?.start();
      await this.#stream?.closed;
      this.destroy();
    } catch (error) {
      if (error instanceof LineTooLongError) {
        const { message } = error;
        const code = ErrorCode.invalidRequest;
        this.#writer.send(errorText(null, { code, message }));
        await this.#writer.flushed;
        this.destroy(error);
      }
      this.destroy(); // the client has gone
    }
    return this.#reason;
  }

  /** Resolves when every call has been answered and every answer written. */
  async drained(): Promise<void> {
    while (!this.#ended && (this.#inFlight > 0 || !this.#writer.idle)) {
      await (this.#inFlight > 0 ? this.#untilIdle() : this.#writer.flushed);
    }
  }

  /** Answers all calls under way with an error, and drops what their methods do later. */
  failCalls(error: unknown): void {
    this.#responder.fail(error);
  }

  /**
   * Resolves when the method's ends of the stream have done what they do at
   * last. One that does not come to it within `timeout` milliseconds, as it
   * waits for something else, is not waited for.
   */
  async streamOver(timeout: number): Promise<void> {
    await Promise.all((this.#endings ?? []).map(async ({ begun, over }) => {
      if (begun === undefined || await within(timeout, begun)) await over;
    }));
  }

  /** Whether the client is far behind with reading. */
  get isBehind(): boolean {
    return this.#writer.queued > MAX_QUEUED;
  }

  /** Sends a notification, unless it takes more than a line, which the client could not read. */
  notify(method: string, params: object): void {
    const text = requestText(undefined, method, JSON.stringify(params));
    if (isLonger(text, this.#options.maxMessageBytes)) return;
    this.#writer.send(text);
  }

  /** Tells the client that a stream, whose request had this id, takes no more. */
  tellCancel(id: Id, error: unknown): void {
    // Who reads nothing hears of it by the stream alone.
    if (this.#responder.isBehind) return;
    const frames = { cancel: toCancel(error) };
    this.notify("$/stream", toStreamParams(id, frames, this.#options));
  }

  /** Cancels the call with this id; an id that is not being served is ignored. */
  cancel(id: unknown, reason: unknown): void {
    this.#responder.cancel(id, reason);
  }

  /**
   * Serves no more, and tells the client which request was the last that came
   * before the connection is ended: what it sent after that was not executed.
   * Where none has come, `answer` is to whatever it sends. Resolves when that
   * has been written.
   */
  async finish(answer?: string): Promise<void> {
    if (!this.#finished && !this.#ended) {
      this.#finished = true;
      if (answer !== undefined) this.#writer.send(answer);
      else if (this.#stream === undefined) {
        this.notify("$/closed", { last: this.#responder.lastId ?? null });
      }
    }
    await this.#writer.flushed;
  }

  /** Ends the connection at once and aborts its calls. */
  destroy(reason?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    if (this.#stream) this.#stream.destroy(reason);
    else this.#duplex.close();
    if (this.calls > 0) this.#responder.abort(reason ?? clientLeft());
    this.#idle?.resolve();
    this.#begun.open();
  }

  /** Ends where the client has gone, which nobody else sees in a batch: nothing is read or written. */
  async #look(): Promise<void> {
    if (this.#ended || !this.#writer.idle) return;
    try {
      await this.#duplex.write(new Uint8Array(0));
    } catch {
      this.destroy();
    }
  }

  #untilIdle(): Promise<void> {
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  async #serve(lines: string[]): Promise<void> {
    this.#halves.begin(lines);
    for (const line of lines) {
      const batch = this.#receive(line);
      if (batch) await batch;
      if (this.isBehind) await this.#writer.flushed;
      else if (this.#halves.endWith(line, this.#writer.queued)) {
        await this.#writer.begun();
      }
      const turn = this.#turns.due();
      if (turn) await turn;
    }
  }

  #receiveFirst(): Promise<void> | undefined {
    while (this.#responder.messages === 0) {
      const line = this.#reader.line();
      if (line === undefined) return;
      const batch = this.#receive(line);
      if (batch) return batch;
    }
  }

  /** Serves a line; what comes behind it has to wait for the result, if there is one. */
  #receive(line: string): Promise<void> | undefined {
    if (this.#ended || this.#finished || this.#stream) return;
    if (line === "" || line === "\r") return;
    this.#begun.open();
    this.#inFlight++;
    return this.#responder.answer(line, this.#send);
  }

  readonly #send = (answer: Answer): void => {
    if (answer !== undefined) this.#writer.send(answer);
    this.#inFlight--;
    if (this.#inFlight > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  };

  #becomeStream(request: Request, call: Call, stream: StreamResult): Answer {
    const { id, method } = request;
    if (id === undefined || this.#responder.messages > 1 || this.#ended) {
      const reason =
        `"${method}" returns a stream, which needs a connection of its own; list it as "${method}:s"`;
      discardStream(stream, this.#ended ? clientLeft() : new TypeError(reason));
      return id === undefined ? undefined : refusalText(id, reason);
    }
    const answer = resultText(id, {
      readable: stream.readable !== undefined,
      writable: stream.writable !== undefined,
    });
    this.#stream = serveStream(stream, this.#duplex, this.#reader, {
      answer,
      limits: this.#options,
      onAbort: (reason) => call.abort(reason),
      onLostError: (error) => this.#options.onLostError(error, method),
      onSinkFailed: (error) => this.beside?.tellCancel(id, error),
      calls: () => this.beside?.messages ?? 0,
      onEnding: (ending) => (this.#endings ??= []).push(ending),
    });
  }
}

/** Whether a write failed as its client has gone, which a read may tell as well. */
function isHangUp(error: unknown): boolean {
  return error instanceof Error &&
    (error.name === "BrokenPipe" || error.name === "ConnectionReset");
}

function clientLeft(): DOMException {
  return new DOMException("The client has gone", "AbortError");
}
