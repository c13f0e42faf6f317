import type { Channel } from "../command/channel.ts";
import { ConnectionClosedError } from "../errors.ts";
import type { Link, Socket } from "../command/link.ts";
import type { Duplex } from "../wire/duplex.ts";
import { writeAll } from "../wire/line_writer.ts";
import { toRpcError } from "../wire/error_data.ts";
import { LineReader } from "../wire/line_reader.ts";
import { callText, isRecord } from "../wire/message.ts";
import { StreamLostError } from "../wire/stream_peer.ts";

/** What a stream needs to be opened. */
export interface StreamRequestOptions {
  /** The way to the daemon. */
  readonly channel: Channel;
  readonly method: string;
  readonly args: unknown[];
}

/** A connection that has become a stream. */
export interface OpenedStream {
  readonly duplex: Socket;
  /** What has come already is still there. */
  readonly reader: LineReader;
  /** The connection of its session. */
  readonly link: Link;
  /** Whether chunks come from the daemon. */
  readonly readable: boolean;
  /** Whether chunks go to the daemon. */
  readonly writable: boolean;
}

/** How many streams this process has opened. */
let streams = 0;

/** The one request that a stream begins with, on a connection of its own. */
export class StreamRequest {
  readonly id: string = `stream ${++streams}`; // of its session alone
  readonly #options: StreamRequestOptions;
  #socket: Socket | undefined;
  #isOver = false;

  constructor(options: StreamRequestOptions) {
    this.#options = options;
  }

  /** Its connection, once there is one, until it is given up. */
  get socket(): Socket | undefined {
    return this.#socket;
  }

  /** Whether it may have been sent. */
  get isSent(): boolean {
    return this.#socket !== undefined;
  }

  /**
   * Sends it. `onOpened` gets the connection at its answer, unless it was
   * given up meanwhile.
   *
   * @throws {TypeError} If the arguments cannot be written as JSON.
   * @throws {RpcError} If the daemon answers with an error.
   * @throws {ConnectionClosedError} If the connection ends before the answer.
   */
  async send(onOpened: (opened: OpenedStream) => void): Promise<void> {
    const { channel, method } = this.#options;
    await channel.openStream(method, async (duplex, link) => {
      this.#socket = duplex;
      if (this.#isOver) return this.#hangUp();
      const { limits } = link.client;
      const reader = new LineReader(duplex, limits.maxMessageBytes);
      try {
        const directions = await this.#ask(duplex, reader, link);
        if (this.#isOver) return;
        onOpened({ duplex, reader, link, ...directions });
      } catch (error) {
        this.#hangUp();
        throw error;
      }
    });
  }

  /** Gives it up, and hangs up. */
  giveUp(): void {
    this.#isOver = true;
    this.#hangUp();
  }

  #hangUp(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #ask(
    duplex: Duplex,
    reader: LineReader,
    link: Link,
  ): Promise<Directions> {
    const { channel: { logfile }, method, args } = this.#options;
    const { client: { limits }, info: { session } } = link;
    const text = callText(this.id, method, args, limits, session);
    let answer: Answer;
    let isWritten = false;
    try {
      await writeAll(duplex, new TextEncoder().encode(`${text}\n`));
      isWritten = true;
      let line: string | undefined;
      while ((line = reader.line()) === undefined) {
        if (!await reader.fill()) throw new StreamLostError();
      }
      answer = toAnswer(JSON.parse(line));
    } catch (cause) {
      // Without its end it is no request; of one that was given up, no other is made.
      const maybeExecuted = isWritten || this.#isOver;
      const options = { cause, logfile };
      throw new ConnectionClosedError(method, maybeExecuted, options);
    }
    if ("error" in answer) throw toRpcError(answer.error);
    return answer;
  }
}

type Directions = Pick<OpenedStream, "readable" | "writable">;

type Answer = Directions | { readonly error: unknown };

function toAnswer(answer: unknown): Answer {
  if (isRecord(answer)) {
    const { error, result } = answer;
    if (error !== undefined) return { error };
    if (isRecord(result)) {
      const { readable, writable } = result;
      if (typeof readable === "boolean" && typeof writable === "boolean") {
        return { readable, writable };
      }
    }
  }
  throw new SyntaxError("Cannot read the answer: it is not that of a stream");
}
