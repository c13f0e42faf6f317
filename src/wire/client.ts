import { ConnectionClosedError } from "../errors.ts";
import type { MessageLimits } from "../limits.ts";
import { atNextTick, setTimer } from "../time.ts";
import type { Duplex } from "./duplex.ts";
import { toRpcError } from "./error_data.ts";
import { IdMap } from "./id_map.ts";
import { LineReader } from "./line_reader.ts";
import { LineWriter } from "./line_writer.ts";
import { callText, isRecord, parseAnswer, requestText } from "./message.ts";

/** A call, and how often it has been made before. */
export interface MadeCall {
  readonly method: string;
  readonly args: unknown[] | object;
  readonly signal: AbortSignal | undefined;
  readonly attempt: number;
}

/** Makes a call that has failed once more, unless that is of no use. */
export type Repeat = (
  call: MadeCall,
  error: unknown,
) => Promise<unknown> | undefined;

interface PendingCall extends MadeCall {
  readonly id: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** What a {@linkcode WireClient} can be told. */
export interface WireClientOptions extends MessageLimits {
  /** Gets what the daemon says without being asked. */
  readonly onNotification?: (method: string, args: unknown) => void;
}

/** Runs something, now or later. */
export type Later = (run: () => void) => unknown;

/** How long the end of a connection may take that cannot be written to, in milliseconds. */
const END_TIMEOUT = 200;
/** The id of the first request: of a command, that is the hello. */
const FIRST_ID = 1;

/** The calling side of one connection: requests out, answers in. */
export class WireClient {
  /** Where the other side's log is, once it has said so, for errors that say that it has gone. */
  logfile: string | undefined;
  readonly #duplex: Duplex;
  readonly #options: WireClientOptions;
  #limits: MessageLimits;
  readonly #reader: LineReader;
  readonly #writer: LineWriter;
  readonly #pending = new IdMap<PendingCall>();
  #nextId = FIRST_ID;
  #finishTimer: Disposable | undefined;
  #finishing = false;
  #writeError: unknown;
  /** The last id that the daemon served, once it has said so. */
  #lastServed = Infinity;
  #ended = false;
  #reason: { cause?: unknown; logfile?: string } = {};
  readonly #closed = Promise.withResolvers<void>();
  /** What becomes of calls that the other side did not take, or refused. */
  repeat: Repeat | undefined;
  #controller: AbortController | undefined;

  /** Starts to read `duplex`, and owns it from now on. */
  constructor(duplex: Duplex, options: WireClientOptions) {
    this.#duplex = duplex;
    this.#options = options;
    this.#limits = options;
    this.#reader = new LineReader(duplex, options.maxMessageBytes);
    this.#writer = new LineWriter(duplex, (error) => this.#stopWriting(error));
    this.#read();
  }

  /** Resolves when the connection has ended, for whatever reason. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Aborts when the connection ends. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort(this.#reason.cause);
    return this.#controller.signal;
  }

  /** What the daemon takes of a message; those of the options until it said so itself. */
  get limits(): MessageLimits {
    return this.#limits;
  }

  set limits(limits: MessageLimits) {
    this.#limits = limits;
    this.#reader.maxLineBytes = limits.maxMessageBytes;
  }

  /** How many calls were made. */
  get calls(): number {
    return this.#nextId - FIRST_ID;
  }

  /** Whether calls are taken. */
  get isOpen(): boolean {
    return !this.#ended && !this.#finishing;
  }

  /**
   * Calls a method with positional arguments, or one of the protocol with
   * named ones, and resolves to its result. Aborting `signal` rejects at
   * once and tells the daemon, whose method may have done its work by then.
   *
   * @throws {RpcError} If the daemon answers with an error.
   * @throws {ConnectionClosedError} If the connection ends before the answer.
   * @throws {TypeError} If `args` cannot be written as JSON.
   * @throws {RangeError} If `args` are longer, or nested deeper, than the daemon takes.
   */
  call(
    method: string,
    args: unknown[] | object,
    signal?: AbortSignal,
    attempt = 0,
  ): Promise<unknown> {
    if (!this.#takes(signal)) {
      return this.#refuse({ method, args, signal, attempt });
    }
    const id = this.#nextId++;
    let text: string;
    try {
      text = callText(id, method, args, this.#limits);
    } catch (error) {
      return Promise.reject(error);
    }
    // An argument's own toJSON() may have ended the connection, or the call.
    if (!this.#takes(signal)) {
      return this.#refuse({ method, args, signal, attempt });
    }
    this.#writer.send(text);
    return new Promise((resolve, reject) => {
      const call = { id, method, args, signal, attempt, resolve, reject };
      this.#pending.add(
        id,
        signal ? this.#cancellable(call, signal) : call,
      );
    });
  }

  /** Sends a notification, which nobody answers. */
  notify(method: string, params: object): void {
    this.#writer.send(requestText(undefined, method, JSON.stringify(params)));
  }

  /** Takes no more calls, and ends the connection when those under way have been answered. */
  finish(): void {
    this.#finishing = true;
    if (this.#pending.size === 0) this.close();
  }

  /**
   * As `finish()`, but a connection that no call was made on yet is left so many
   * milliseconds for one.
   */
  finishSoon(milliseconds: number): void {
    if (this.#nextId > FIRST_ID + 1) return this.finish();
    this.#finishTimer ??= setTimer(milliseconds, () => this.finish());
  }

  /** Ends the connection; calls without an answer are rejected, which `later` runs. */
  close(later: Later = atNextTick): void {
    this.#end({}, later);
  }

  #takes(signal: AbortSignal | undefined): boolean {
    return this.isOpen && !signal?.aborted;
  }

  #refuse(call: MadeCall): Promise<unknown> {
    const { method, signal } = call;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const error = new ConnectionClosedError(method, false, this.#reason);
    return this.repeat?.(call, error) ?? Promise.reject(error);
  }

  #cancellable(call: PendingCall, signal: AbortSignal): PendingCall {
    const { id } = call;
    const cancel = () => {
      this.#pending.delete(id);
      this.notify("$/cancelRequest", { id });
      call.reject(signal.reason);
    };
    signal.addEventListener("abort", cancel, { once: true });
    const release = () => signal.removeEventListener("abort", cancel);
    return {
      ...call,
      resolve: (result) => (release(), call.resolve(result)),
      reject: (error) => (release(), call.reject(error)),
    };
  }

  async #read(): Promise<void> {
    try {
      while (await this.#reader.fill()) {
        for (const line of this.#reader.lines()) {
          if (line === "" || line === "\r") continue;
          const message = parseAnswer(line);
          if (this.#ended) return; // by the last one, or meanwhile
          this.#receive(message);
        }
      }
      this.#lose();
    } catch (error) {
      this.#lose(error);
    }
  }

  #receive(message: unknown): void {
    if (!isRecord(message)) {
      throw new SyntaxError("Cannot read an answer: it is not an object");
    }
    if (message.method === "$/closed") {
      const { last } = isRecord(message.params) ? message.params : {};
      this.#lastServed = typeof last === "number" ? last : 0;
      this.#finishing = true; // what comes later is for its successor
      return;
    }
    if (typeof message.method === "string") {
      this.#options.onNotification?.(message.method, message.params);
      return;
    }
    const hasResult = "result" in message || message.error !== undefined;
    if (!hasResult) throw new SyntaxError("Cannot read an answer: it has none");
    const call = this.#pending.get(message.id);
    if (call !== undefined) {
      // A cancelled call is no longer here, and its answer is not missed.
      this.#pending.delete(message.id);
      if (message.error === undefined) call.resolve(message.result);
      else this.#fail(call, toRpcError(message.error));
    } else if (message.id === null) {
      // The daemon could not read something, and says so before it hangs up.
      throw message.error === undefined
        ? new SyntaxError("Cannot read an answer: it is to nobody")
        : toRpcError(message.error);
    }
    if (this.#finishing) this.finish();
  }

  // Not by a promise of its own, which each call would have to make.
  #fail(call: PendingCall, error: unknown): void {
    const again = this.repeat?.(call, error);
    if (again) call.resolve(again);
    else call.reject(error);
  }

  // Nothing is lost yet: answers may have come that were not read, and the word
  // which calls were served. The end that follows them is the connection's.
  #stopWriting(error: unknown): void {
    if (this.#ended) return;
    this.#writeError = error;
    this.#finishing = true;
    this.#finishTimer?.[Symbol.dispose]();
    this.#finishTimer = setTimer(END_TIMEOUT, () => this.#lose());
  }

  #lose(cause: unknown = this.#writeError): void {
    this.#end({ cause, logfile: this.logfile });
  }

  #end(
    reason: { cause?: unknown; logfile?: string },
    later: Later = (run) => run(),
  ): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    this.#finishTimer?.[Symbol.dispose]();
    this.#duplex.close();
    const left = this.#pending.values();
    this.#pending.clear();
    const fail = () => {
      for (const call of left) {
        const { id, method } = call;
        const maybeExecuted = !(id > this.#lastServed);
        this.#fail(
          call,
          new ConnectionClosedError(method, maybeExecuted, reason),
        );
      }
    };
    if (left.length > 0) later(fail);
    this.#controller?.abort(reason.cause);
    this.#closed.resolve();
  }
}
