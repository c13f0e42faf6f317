import { answerText, failureText, invalidText, refusalText } from "./answer.ts";
import { Call } from "./call.ts";
import { isLonger } from "./line_writer.ts";
import {
  ErrorCode,
  errorText,
  InvalidRequest,
  type Request,
  toRequest,
} from "./message.ts";
import { type StreamResult, toStreamResult } from "./served_stream.ts";

/** What a {@linkcode Responder} needs. */
export interface ResponderOptions {
  /** How many bytes a message may have, either way. */
  readonly maxMessageBytes: number;
  /** Does what `request` asks: returns, resolves to, throws or rejects with the answer. */
  readonly handle: (request: Request, call: Call) => unknown;
  /** Gets what a notification threw, as nobody else does. */
  readonly onLostError: (error: unknown, method: string) => void;
}

/** The text of an answer, where there is one. */
export type Answer = string | undefined;

/** The connection whose messages are answered. */
export interface AnsweredConnection {
  /** Serves `stream` in place of messages, and returns the answer if it cannot. */
  becomeStream(request: Request, call: Call, stream: StreamResult): Answer;
}

/** Answers the messages of one connection: reads them, runs what they ask, and writes what came of it. */
export class Responder {
  readonly #options: ResponderOptions;
  readonly #connection: AnsweredConnection;
  // By the id of the request, which is to be found for its cancellation.
  readonly #calls = new Map<unknown, Call>();
  #messages = 0;

  /** Answers for `connection`. */
  constructor(options: ResponderOptions, connection: AnsweredConnection) {
    this.#options = options;
    this.#connection = connection;
  }

  /** How many messages have come; those of a batch count as well. */
  get messages(): number {
    return this.#messages;
  }

  /** How many calls are being waited for. */
  get calls(): number {
    return this.#calls.size;
  }

  /** The answer to a line that is a message, or a batch of them. */
  answer(line: string): Answer | Promise<Answer> {
    this.#messages++;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      const message = `Cannot parse the line: ${(error as Error).message}`;
      return errorText(null, { code: ErrorCode.parse, message });
    }
    return Array.isArray(value)
      ? this.#answerBatch(value)
      : this.#answerOne(value);
  }

  /** Cancels the call with this id; an id that is not being served is ignored. */
  cancel(id: unknown, reason: unknown): void {
    if (id === undefined) return; // which notifications have
    this.#calls.get(id)?.abort(reason);
  }

  /** Cancels all calls. */
  abort(reason: unknown): void {
    for (const call of this.#calls.values()) call.abort(reason);
  }

  /** Fails all calls, whose answers it returns, and drops what their methods do later. */
  fail(error: unknown): string[] {
    const answers: string[] = [];
    const { maxMessageBytes } = this.#options;
    for (const call of this.#calls.values()) {
      if (call.id === undefined || call.answered) continue;
      call.answered = true;
      const code = ErrorCode.internal;
      answers.push(failureText(call.id, error, code, maxMessageBytes));
      call.abort(error);
    }
    return answers;
  }

  /** Hands on an error that no client hears of. */
  lose(error: unknown, method: string): void {
    try {
      this.#options.onLostError(error, method);
    } catch {
      // It must not keep the others waiting.
    }
  }

  #answerBatch(batch: unknown[]): Answer | Promise<Answer> {
    this.#messages += batch.length; // of which none becomes a stream
    if (batch.length === 0) {
      return invalidText(null, "a batch has at least one request");
    }
    return Promise.all(batch.map((value) => this.#answerOne(value)))
      .then((answers) => {
        const texts = answers.filter((text) => text !== undefined);
        if (texts.length === 0) return undefined;
        const text = `[${texts.join(",")}]`;
        const { maxMessageBytes } = this.#options;
        return isLonger(text, maxMessageBytes)
          ? refusalText(null, "the answers to the batch take too many bytes")
          : text;
      });
  }

  #answerOne(value: unknown): Answer | Promise<Answer> {
    const request = toRequest(value);
    if (request instanceof InvalidRequest) {
      return invalidText(request.id, request.reason);
    }
    const call = new Call(request.id, request.method);
    let result: unknown;
    try {
      result = this.#options.handle(request, call);
      if (!isThenable(result)) return this.#succeed(request, call, result);
    } catch (error) {
      return this.#fail(request, call, error);
    }
    const { id } = call;
    // Which another call may have as well, that came before.
    const key = id === undefined || this.#calls.has(id) ? call : id;
    this.#calls.set(key, call);
    return Promise.resolve(result).then(
      (result) => (
        this.#calls.delete(key), this.#succeed(request, call, result)
      ),
      (error) => (this.#calls.delete(key), this.#fail(request, call, error)),
    );
  }

  #succeed(request: Request, call: Call, result: unknown): Answer {
    if (call.answered) return undefined;
    try {
      const stream = toStreamResult(result);
      if (stream !== undefined) {
        return this.#connection.becomeStream(request, call, stream);
      }
    } catch (error) {
      return this.#fail(request, call, error); // a getter of the author's, perhaps
    }
    if (request.id === undefined) return undefined;
    if (request.session !== undefined) {
      return refusalText(
        request.id,
        `"${request.method}" returns no stream; list it without ":s"`,
      );
    }
    const { maxMessageBytes } = this.#options;
    return answerText(request.id, request.method, result, maxMessageBytes);
  }

  #fail(request: Request, call: Call, error: unknown): Answer {
    if (call.answered) return undefined;
    if (request.id === undefined) {
      this.lose(error, request.method);
      return undefined;
    }
    const code = call.aborted ? ErrorCode.cancelled : ErrorCode.threw;
    const { maxMessageBytes } = this.#options;
    return failureText(request.id, error, code, maxMessageBytes);
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}
