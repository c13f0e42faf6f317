import type { Limits } from "../limits.ts";
import {
  answerText,
  batchText,
  failureText,
  invalidText,
  refusalText,
  unreadText,
} from "./answer.ts";
import { Call } from "./call.ts";
import { Calls } from "./calls.ts";
import { isDeeper } from "./depth.ts";
import { ErrorCode, errorText, type Id } from "./message.ts";
import { InvalidRequest, type Request, toRequest } from "./request.ts";
import { type StreamResult, toStreamResult } from "./served_stream.ts";

/** What a {@linkcode Responder} needs. */
export interface ResponderOptions
  extends Pick<Limits, "maxMessageBytes" | "maxDepth" | "maxBatchLength"> {
  /** Does what `request` asks: returns, resolves to, throws or rejects with the answer. */
  readonly handle: (request: Request, call: Call) => unknown;
  /** Gets what a notification threw, as nobody else does, and throws nothing. */
  readonly onLostError: (error: unknown, method: string) => void;
}

/**
 * A result is not kept for a client that has left so many characters of answers
 * unread: it gets an error in its place.
 */
const MAX_UNREAD = 64 * 1024 * 1024;

/** How long an error may be for such a client, in bytes. */
const SHORT = 1024;

/** The text of an answer, where there is one. */
export type Answer = string | undefined;

/** Takes the answer to one message, as soon as there is one. */
type Send = (answer: Answer) => void;

/** The connection whose messages are answered. */
export interface AnsweredConnection {
  /** How many characters of answers wait for the client to read them. */
  unread(): number;
  /** Whether what has come is still served. */
  isServed(): boolean;
  /** After each piece of work: the turn of others, where it is theirs. */
  turn(): Promise<void> | undefined;
  /** Serves `stream` in place of messages, and returns the answer if it cannot. */
  becomeStream(request: Request, call: Call, stream: StreamResult): Answer;
}

/** Answers the messages of one connection: reads them, runs what they ask, and writes what came of it. */
export class Responder {
  readonly #options: ResponderOptions;
  readonly #connection: AnsweredConnection;
  readonly #calls = new Calls();
  #messages = 0;
  #lastId: Id | undefined;
  // Of answers in batches that are not complete yet, in characters.
  #held = 0;

  /** Answers for `connection`. */
  constructor(options: ResponderOptions, connection: AnsweredConnection) {
    this.#options = options;
    this.#connection = connection;
  }

  /** How many messages have come; those of a batch count as well. */
  get messages(): number {
    return this.#messages;
  }

  /** The id of the last request that came. */
  get lastId(): Id | undefined {
    return this.#lastId;
  }

  /** How many calls are being waited for. */
  get calls(): number {
    return this.#calls.size;
  }

  /**
   * Answers a line that is a message, or a batch of them: `send` is called once,
   * now or later. What comes behind a batch has to wait for the result, as the
   * calls of a batch begin one after the other.
   */
  answer(line: string, send: Send): Promise<void> | undefined {
    this.#messages++;
    const { maxDepth } = this.#options;
    if (isDeeper(line, maxDepth)) {
      send(refusalText(
        null,
        `it is nested deeper than ${maxDepth} levels (maxDepth)`,
      ));
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      const message = `Cannot parse the line: ${(error as Error).message}`;
      send(errorText(null, { code: ErrorCode.parse, message }));
      return;
    }
    if (Array.isArray(value)) return this.#answerBatch(value, send);
    this.#answerOne(value, send);
  }

  /** Cancels the call with this id; an id that is not being served is ignored. */
  cancel(id: unknown, reason: unknown): void {
    this.#calls.cancel(id, reason);
  }

  /** Cancels all calls. */
  abort(reason: unknown): void {
    this.#calls.abort(reason);
  }

  /** Fails all calls, and drops what their methods do later. */
  fail(error: unknown): void {
    const { maxMessageBytes } = this.#options;
    for (const call of this.#calls) {
      const { id, send } = call;
      call.send = undefined;
      send?.(
        id === undefined
          ? undefined
          : failureText(id, error, ErrorCode.internal, maxMessageBytes),
      );
      call.abort(error);
    }
  }

  async #answerBatch(batch: unknown[], send: Send): Promise<void> {
    this.#messages += batch.length; // of which none becomes a stream
    if (batch.length === 0) {
      return send(invalidText(null, "a batch has at least one request"));
    }
    const { maxBatchLength, maxMessageBytes } = this.#options;
    if (batch.length > maxBatchLength) {
      return send(refusalText(
        null,
        `a batch has at most ${maxBatchLength} requests (maxBatchLength)`,
      ));
    }
    const answers: Answer[] = [];
    let left = batch.length;
    let length = 0;
    const keep = (text: Answer, at: number) => {
      answers[at] = text;
      const added = text?.length ?? 0;
      length += added;
      this.#held += added;
      if (--left > 0) return;
      this.#held -= length;
      send(batchText(answers, maxMessageBytes));
    };
    for (const [at, value] of batch.entries()) {
      if (!this.#connection.isServed()) return;
      this.#answerOne(value, (text) => keep(text, at));
      const turn = this.#connection.turn();
      if (turn) await turn;
    }
  }

  #answerOne(value: unknown, send: Send): void {
    const request = toRequest(value);
    if (request instanceof InvalidRequest) {
      return send(invalidText(request.id, request.reason));
    }
    this.#lastId = request.id ?? this.#lastId;
    const call = new Call(request.id);
    let answer: Answer;
    try {
      const result = this.#options.handle(request, call);
      if (isThenable(result)) {
        call.send = send;
        this.#answerLater(request, call, result);
        return;
      }
      answer = this.#succeed(request, call, result);
    } catch (error) {
      answer = this.#fail(request, call, error);
    }
    send(answer);
  }

  async #answerLater(
    request: Request,
    call: Call,
    result: unknown,
  ): Promise<void> {
    const key = this.#calls.add(call);
    let answer: Answer;
    try {
      // Not by a method of it, which is its author's and may throw.
      const settled = await result;
      if (call.send) answer = this.#succeed(request, call, settled);
    } catch (error) {
      if (call.send) answer = this.#fail(request, call, error);
    }
    this.#calls.delete(key);
    call.send?.(answer);
  }

  #succeed(request: Request, call: Call, result: unknown): Answer {
    const stream = toStreamResult(result);
    if (stream !== undefined) {
      return this.#connection.becomeStream(request, call, stream);
    }
    if (request.id === undefined) return undefined;
    if (request.session !== undefined) {
      return refusalText(
        request.id,
        `"${request.method}" returns no stream; list it without ":s"`,
      );
    }
    if (this.isBehind) return unreadText(request.id, request.method);
    const { maxMessageBytes } = this.#options;
    return answerText(request.id, request.method, result, maxMessageBytes);
  }

  #fail(request: Request, call: Call, error: unknown): Answer {
    if (request.id === undefined) {
      this.#options.onLostError(error, request.method);
      return undefined;
    }
    const code = call.aborted ? ErrorCode.cancelled : ErrorCode.threw;
    const { maxMessageBytes } = this.#options;
    const most = this.isBehind ? SHORT : maxMessageBytes;
    return failureText(request.id, error, code, most);
  }

  /** Whether no more results are added to what waits to be read: it may be more than memory holds. */
  get isBehind(): boolean {
    return this.#connection.unread() + this.#held > MAX_UNREAD;
  }
}

/** Whether it is waited for, as a promise is. */
export function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}
