import { ConnectionClosedError, RpcError } from "../errors.ts";
import type { Link } from "../command/link.ts";
import { ClientReadable, type InletEnding } from "./client_readable.ts";
import { ClientWritable } from "./client_writable.ts";
import type { RpcStream } from "../rpc_stream.ts";
import { setTimer } from "../time.ts";
import {
  type OpenedStream,
  StreamRequest,
  type StreamRequestOptions,
} from "./stream_request.ts";
import { toCancel, toErrorObject } from "../wire/answer.ts";
import type { Later } from "../wire/client.ts";
import { toRpcError } from "../wire/error_data.ts";
import { toStreamParams } from "../wire/frame.ts";
import { ErrorCode } from "../wire/message.ts";
import {
  type StreamEnds,
  StreamLostError,
  StreamPeer,
} from "../wire/stream_peer.ts";

/** How long the end of a stream may take to be heard of on the other side, in milliseconds. */
const GIVE_UP_TIMEOUT = 1000;

/** More than is under way from a daemon whose client does not read, in bytes. */
const UNDER_WAY = 1024 * 1024;

/** Options for {@linkcode ClientStream}. */
export interface ClientStreamOptions extends StreamRequestOptions {
  /** Gives the stream up when it aborts. */
  readonly signal: AbortSignal | undefined;
}

/** The client's end of a stream. Opens its connection at once. */
export class ClientStream implements RpcStream {
  readonly #options: ClientStreamOptions;
  readonly #opened = Promise.withResolvers<StreamPeer>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #request: StreamRequest;
  #link: Link | undefined;
  #peer: StreamPeer | undefined;
  /** Whether its connection keeps the command from ending. */
  #refed = true;
  /** When whoever uses the stream hears that it has failed: at once, unless its command ends it. */
  #later: Later = (run) => run();
  readonly #incoming = new ClientReadable({
    onPull: () => this.#peer?.resume(),
    onCancel: (reason) => this.#cancel(reason),
  });
  readonly #outgoing = new ClientWritable({
    opened: this.#opened.promise,
    isRead: () => !this.#incoming.hasEnded,
    onAbort: (reason) => this.#abort(reason),
  });

  constructor(options: ClientStreamOptions) {
    this.#options = options;
    this.#request = new StreamRequest(options);
    this.#opened.promise.catch(() => {}); // whoever uses the stream hears of it
    const { signal } = options;
    const abort = () => this.giveUp(signal!.reason);
    signal?.addEventListener("abort", abort);
    this.closed.then(() => signal?.removeEventListener("abort", abort));
    this.#request.send((opened) => this.#start(opened))
      .catch((error) => this.#fail(error));
    if (signal?.aborted) abort();
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** By what the direction to the daemon has failed, if it has. */
  get writeError(): unknown {
    return this.#outgoing.error;
  }

  get readable(): ReadableStream<unknown> {
    return this.#incoming.stream;
  }

  get bytes(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#incoming.bytes;
  }

  get writable(): WritableStream<unknown> {
    return this.#outgoing.stream;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return this.#incoming.iterator();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new DOMException("The stream was disposed of", "AbortError");
    this.giveUp(reason);
    await this.closed;
  }

  /** Ends both directions at once; the daemon is told the reason. */
  giveUp(reason: unknown): void {
    const peer = this.#peer;
    if (peer === undefined) return this.#fail(reason);
    this.#tell({ cancel: reason, error: reason });
    peer.cancel(reason);
    peer.outgoing.sendError(reason);
    this.#endIncoming((inlet) => inlet.abort(reason));
    this.#outgoing.fail(reason);
    const timer = setTimer(GIVE_UP_TIMEOUT, () => peer.destroy());
    this.closed.then(() => timer[Symbol.dispose]());
  }

  /**
   * Its session has ended: the daemon ends the stream as well, and perhaps says
   * why, behind what nobody has read yet.
   */
  linkEnded(link: Link): void {
    if (link === this.#link) this.#peer?.readOn(UNDER_WAY);
  }

  /** Takes a frame that came over its session's connection, if it is this stream's. */
  receive(id: unknown, frame: Record<string, unknown>): void {
    if (id !== this.#request.id) return;
    this.#whenOpened((peer) => peer.receive(frame));
  }

  ref(): void {
    this.#refed = true;
    this.#hold();
  }

  unref(): void {
    this.#refed = false;
    this.#hold();
  }

  /** Keeps the command from ending, or no longer: what is read ahead for nobody keeps none. */
  #hold(): void {
    const { hasEnded, isUsed } = this.#incoming;
    const isAwaited = this.#peer === undefined || hasEnded || isUsed;
    const { socket } = this.#request;
    if (isAwaited && this.#refed) socket?.ref();
    else socket?.unref();
  }

  /** Ends the stream as the session that it belongs to has ended; `later` tells it. */
  sessionEnded(later: Later): void {
    this.#later = later;
    const error = new ConnectionClosedError(
      this.#options.method,
      this.#request.isSent,
    );
    if (this.#peer) this.#peer.destroy(error);
    else this.#fail(error);
  }

  #start({ duplex, reader, link, readable, writable }: OpenedStream): void {
    this.#link = link;
    this.#peer = new StreamPeer(duplex, reader, this.#ends(), {
      incoming: readable,
      outgoing: writable,
      halfClose: false,
      limits: link.client.limits,
      toError: toRpcError,
      calls: () => link.client.calls,
    });
    if (!readable) this.#incoming.end((inlet) => inlet.close());
    if (!writable) {
      const { method } = this.#options;
      const reason = new TypeError(`Cannot write: "${method}" takes no chunks`);
      this.#outgoing.fail(reason);
    }
    this.#peer.closed.then(this.#closed.resolve);
    this.#hold();
    this.#incoming.whenUsed(() => this.#hold());
    this.#peer.start();
    this.#opened.resolve(this.#peer);
  }

  #ends(): StreamEnds {
    return {
      ...this.#incoming.feed(),
      onDone: () => this.#endIncoming((inlet) => inlet.close()),
      onError: (reason) => {
        const error = this.#explain(reason);
        this.#later(() => this.#endIncoming((inlet) => inlet.error(error)));
      },
      onCancel: (reason) => {
        const error = this.#explain(reason);
        this.#later(() => this.#outgoing.fail(error));
      },
      onClosed: () => this.#outgoing.close(),
    };
  }

  #explain(reason: unknown): unknown {
    const { channel: { logfile }, method } = this.#options;
    const isLost = reason instanceof StreamLostError;
    // Neither by the daemon's method, nor by its caller.
    const isClosing = reason instanceof RpcError &&
      reason.code === ErrorCode.closing;
    if (!isLost && !isClosing) return reason;
    const cause = isLost ? reason.cause : reason;
    return new ConnectionClosedError(method, true, { cause, logfile });
  }

  #cancel(reason: unknown): void {
    this.#whenOpened((peer) => {
      this.#tell({ cancel: reason });
      peer.cancel(reason);
      this.#closeUnused();
    });
  }

  #abort(reason: unknown): void {
    this.#whenOpened((peer) => {
      this.#tell({ error: reason });
      peer.outgoing.sendError(reason);
    });
  }

  #whenOpened(run: (peer: StreamPeer) => void): void {
    if (this.#peer) run(this.#peer);
    else this.#opened.promise.then(run, () => {});
  }

  // Also over the session's connection: the daemon does not read that of a
  // stream whose sink wants nothing just now.
  #tell(ends: { cancel?: unknown; error?: unknown }): void {
    const { client } = this.#link!; // as it is open
    const frames = {
      cancel: "cancel" in ends ? toCancel(ends.cancel) : undefined,
      error: "error" in ends ? toErrorObject(ends.error) : undefined,
    };
    const params = toStreamParams(this.#request.id, frames, client.limits);
    client.notify("$/stream", params);
  }

  #endIncoming(ending: InletEnding): void {
    if (this.#incoming.hasEnded) return;
    this.#incoming.end(ending);
    this.#hold(); // the other direction goes on, which is waited for
    this.#incoming.whenUsed(() => this.#closeUnused());
  }

  // A direction that nobody ever used must not keep the stream open.
  #closeUnused(): void {
    if (this.#outgoing.isUsed || !this.#peer?.outgoing.isOpen) return;
    this.#outgoing.leave();
    this.#peer.outgoing.sendDone();
  }

  /** The stream could not be opened, or was given up before it was. */
  #fail(reason: unknown): void {
    this.#request.giveUp();
    this.#later(() => {
      this.#endIncoming((inlet) => inlet.error(reason));
      this.#outgoing.fail(reason);
      this.#opened.reject(reason);
    });
    this.#closed.resolve();
  }
}
