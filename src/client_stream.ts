import type { Channel } from "./channel.ts";
import { ConnectionClosedError } from "./errors.ts";
import type { Link } from "./link.ts";
import type { MessageLimits } from "./limits.ts";
import { iteratorInlet } from "./chunk_iterator.ts";
import {
  byteInlet,
  chunkInlet,
  type Inlet,
  type InletEvents,
} from "./inlet.ts";
import type { RpcStream } from "./rpc_stream.ts";
import { requestStream, type StreamDirections } from "./stream_request.ts";
import type { Duplex } from "./wire/duplex.ts";
import { fitError, toCancel, toErrorObject } from "./wire/answer.ts";
import { toRpcError } from "./wire/error_data.ts";
import { LineReader } from "./wire/line_reader.ts";
import { callText, type ErrorObject } from "./wire/message.ts";
import {
  type StreamEnds,
  StreamLostError,
  StreamPeer,
} from "./wire/stream_peer.ts";

/** How long the end of a stream may take to be heard of on the other side, in milliseconds. */
const GIVE_UP_TIMEOUT = 1000;

/** What a stream needs to be opened. */
export interface ClientStreamOptions {
  /** The way to the daemon. */
  readonly channel: Channel;
  readonly method: string;
  readonly args: unknown[];
  /** Gives the stream up when it aborts. */
  readonly signal: AbortSignal | undefined;
}

/** The end of one direction: well, or by an error. */
type End = {
  readonly error?: { readonly reason: unknown };
  /** Whether what has come and was not read is dropped. */
  readonly atOnce?: boolean;
};

type MakeInlet<I extends Inlet = Inlet> = (events: InletEvents) => I;

/** The client's end of a stream. Opens its connection at once. */
export class ClientStream implements RpcStream {
  readonly #options: ClientStreamOptions;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #id = crypto.randomUUID();
  #link: Link | undefined;
  #duplex: Duplex | undefined;
  #failed = false;
  #peer: StreamPeer | undefined;
  // Each is made when it is asked for, and may have ended before that.
  #inlet: Inlet | undefined;
  #made: MakeInlet | undefined;
  #incomingEnd: End | undefined;
  #writable: WritableStream<unknown> | undefined;
  #sink: WritableStreamDefaultController | undefined;
  #outgoingEnd: End | undefined;
  #released: PromiseWithResolvers<void> | undefined;
  readonly #outgoingEnded = Promise.withResolvers<void>();

  constructor(options: ClientStreamOptions) {
    this.#options = options;
    this.#opened.promise.catch(() => {}); // whoever uses the stream hears of it
    const { signal } = options;
    const abort = () => this.giveUp(signal!.reason);
    signal?.addEventListener("abort", abort);
    this.closed.then(() => signal?.removeEventListener("abort", abort));
    this.#open();
    if (signal?.aborted) abort();
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** By what the direction to the daemon has failed, if it has. */
  get writeError(): unknown {
    return this.#outgoingEnd?.error?.reason;
  }

  get readable(): ReadableStream<unknown> {
    return this.#read(chunkInlet).stream;
  }

  get bytes(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#read(byteInlet).stream;
  }

  get writable(): WritableStream<unknown> {
    this.#writable ??= new WritableStream({
      start: (sink) => {
        this.#sink = sink;
        if (this.#outgoingEnd) sink.error(this.#outgoingEnd.error?.reason);
        // A write that waits for room would keep abort() waiting.
        const release = () => this.#released?.resolve();
        sink.signal.addEventListener("abort", release);
      },
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      // The frame has to hold an error, whatever the reason.
      abort: (reason) => this.#abort(reason ?? this.#sink!.signal.reason),
    });
    return this.#writable;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    // A stream that somebody has asked for is read as that.
    const isStream = this.#made !== undefined && this.#made !== iteratorInlet;
    return isStream
      ? this.readable[Symbol.asyncIterator]()
      : this.#read(iteratorInlet);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new DOMException("The stream was disposed of", "AbortError");
    this.giveUp(reason);
    await this.closed;
  }

  /** Ends both directions at once; the daemon is told the reason. */
  giveUp(reason: unknown): void {
    if (this.#peer === undefined) return this.#fail(reason);
    this.#tell({ cancel: reason, error: reason });
    this.#peer.cancel(reason);
    this.#peer.sendError(reason);
    this.#endIncoming({ error: { reason }, atOnce: true });
    this.#endOutgoing({ error: { reason } });
    this.#endSoon();
  }

  /** Ends the stream as its session has ended, which the daemon tells here as well. */
  linkEnded(link: Link): void {
    if (link === this.#link) this.#endSoon();
  }

  #endSoon(): void {
    const timer = setTimeout(() => this.#peer?.destroy(), GIVE_UP_TIMEOUT);
    this.closed.then(() => clearTimeout(timer));
  }

  /** Ends the stream as the session that it belongs to has ended. */
  sessionEnded(): void {
    if (this.#peer) this.#peer.destroy();
    else {
      const sent = this.#duplex !== undefined;
      this.#fail(new ConnectionClosedError(this.#options.method, sent));
    }
  }

  async #open(): Promise<void> {
    const { channel, method } = this.#options;
    try {
      await channel.openStream(
        method,
        (conn, link) => this.#request(conn, link),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  async #request(duplex: Duplex, link: Link): Promise<void> {
    this.#duplex = duplex;
    if (this.#failed) return this.#hangUp(); // given up meanwhile
    const { method, args } = this.#options;
    const { limits } = link.client;
    const reader = new LineReader(duplex, limits.maxMessageBytes);
    try {
      const { session } = link.info;
      const text = callText(this.#id, method, args, limits, session);
      const { logfile } = this.#options.channel;
      const what = { method, text, logfile };
      const result = await requestStream(duplex, reader, what);
      if (this.#failed) return; // given up meanwhile, and hung up
      this.#link = link;
      this.#start(duplex, reader, limits, result);
    } catch (error) {
      this.#hangUp();
      throw error;
    }
  }

  #start(
    duplex: Duplex,
    reader: LineReader,
    limits: MessageLimits,
    { readable: incoming, writable: outgoing }: StreamDirections,
  ): void {
    this.#peer = new StreamPeer(duplex, reader, this.#ends(), {
      incoming,
      outgoing,
      halfClose: false,
      limits,
      toError: toRpcError,
    });
    this.#duplex = undefined; // it belongs to the peer now
    const { method } = this.#options;
    if (!incoming) this.#markIncomingEnd({});
    if (!outgoing) {
      const reason = new TypeError(`Cannot write: "${method}" takes no chunks`);
      this.#endOutgoing({ error: { reason } });
    }
    this.#peer.closed.then(this.#closed.resolve);
    this.#peer.start();
    this.#opened.resolve();
  }

  #ends(): StreamEnds {
    return {
      wantsChunk: () => this.#inlet?.wantsChunk() ?? false,
      onChunk: (chunk, size) => this.#inlet!.chunk(chunk, size),
      view: () => this.#inlet?.view?.(),
      onBytes: (count) => this.#inlet?.filled?.(count),
      flush: () => this.#inlet?.flush?.(),
      onDone: () => this.#endIncoming({}),
      onError: (reason) =>
        this.#endIncoming({ error: { reason: this.#explain(reason) } }),
      onCancel: (reason) =>
        this.#endOutgoing({ error: { reason: this.#explain(reason) } }),
      onClosed: () => this.#endOutgoing({}),
    };
  }

  #explain(reason: unknown): unknown {
    if (!(reason instanceof StreamLostError)) return reason;
    const { channel: { logfile }, method } = this.#options;
    const { cause } = reason;
    return new ConnectionClosedError(method, true, { cause, logfile });
  }

  #read<I extends Inlet>(makeInlet: MakeInlet<I>): I {
    if (this.#made === undefined) {
      this.#inlet = makeInlet({
        onPull: () => this.#peer?.resume(),
        onCancel: (reason) => this.#cancel(reason),
      });
      this.#made = makeInlet;
      if (this.#incomingEnd) endInlet(this.#inlet, this.#incomingEnd);
    } else if (this.#made !== makeInlet) {
      throw new TypeError(
        'Cannot read the stream in two ways: use "readable" or "bytes", or a loop',
      );
    }
    return this.#inlet as I;
  }

  #cancel(reason: unknown): void {
    this.#incomingEnd ??= {};
    this.#whenOpened((peer) => {
      this.#tell({ cancel: reason });
      peer.cancel(reason);
      this.#closeUnused();
    });
  }

  async #write(chunk: unknown): Promise<void> {
    if (this.#peer === undefined) await this.#opened.promise;
    this.#throwIfEnded();
    try {
      const room = this.#peer!.send(chunk);
      // Nobody may ever read it, and an abort need not wait for that.
      if (room) await Promise.race([room, this.#untilReleased()]);
    } catch (reason) {
      this.#peer!.sendError(reason); // a chunk that has no JSON, or is too long
      throw reason;
    }
  }

  // Of each write its own: a promise that lasts as long as the stream would
  // gather what waits for it.
  #untilReleased(): Promise<void> {
    this.#released = Promise.withResolvers();
    return this.#released.promise;
  }

  async #close(): Promise<void> {
    await this.#opened.promise;
    this.#throwIfEnded(); // it took no chunks from the start, perhaps
    const peer = this.#peer!;
    peer.sendDone();
    // With chunks to be read, the daemon's word comes behind them, and whoever
    // reads them may wait for this.
    await Promise.race([
      this.#incomingEnd ? this.#outgoingEnded.promise : peer.flushed(),
      this.#outgoingEnded.promise,
    ]);
    this.#throwIfEnded();
  }

  #throwIfEnded(): void {
    const error = this.#outgoingEnd?.error;
    if (error) throw error.reason;
  }

  #abort(reason: unknown): void {
    this.#outgoingEnd ??= { error: { reason } };
    this.#whenOpened((peer) => {
      this.#tell({ error: reason });
      peer.sendError(reason);
    });
  }

  #whenOpened(run: (peer: StreamPeer) => void): void {
    if (this.#peer) run(this.#peer);
    else this.#opened.promise.then(() => run(this.#peer!), () => {});
  }

  // Also over the session's connection: the daemon does not read that of a
  // stream whose sink wants nothing just now.
  #tell(ends: { cancel?: unknown; error?: unknown }): void {
    const client = this.#link?.client;
    if (client === undefined) return;
    // Both of them have to fit into a line.
    const most = client.limits.maxMessageBytes / 4;
    const fit = (error: ErrorObject) => fitError(error, most);
    const cancel = "cancel" in ends ? toCancel(ends.cancel) : undefined;
    client.notify("$/stream", {
      id: this.#id,
      cancel: cancel && fit(cancel),
      error: "error" in ends ? fit(toErrorObject(ends.error)) : undefined,
    });
  }

  #endIncoming(end: End): void {
    if (this.#incomingEnd) return;
    this.#markIncomingEnd(end);
    this.#closeUnused();
  }

  #markIncomingEnd(end: End): void {
    if (this.#incomingEnd) return; // it was cancelled before it began
    this.#incomingEnd = end;
    if (this.#inlet) endInlet(this.#inlet, end);
  }

  // A direction that nobody ever used must not keep the stream open.
  #closeUnused(): void {
    if (this.#writable === undefined && this.#peer?.outgoing) {
      this.#peer.sendDone();
    }
  }

  #endOutgoing(end: End): void {
    if (this.#outgoingEnd) return;
    this.#outgoingEnd = end;
    if (end.error) this.#sink?.error(end.error.reason);
    this.#released?.resolve();
    this.#outgoingEnded.resolve();
  }

  #hangUp(): void {
    this.#duplex?.close();
    this.#duplex = undefined;
  }

  /** The stream could not be opened, or was given up before it was. */
  #fail(reason: unknown): void {
    this.#failed = true;
    this.#hangUp();
    this.#endIncoming({ error: { reason } });
    this.#endOutgoing({ error: { reason } });
    this.#opened.reject(reason);
    this.#closed.resolve();
  }
}

function endInlet(inlet: Inlet, { error, atOnce }: End): void {
  if (!error) inlet.close();
  else if (atOnce) inlet.abort(error.reason);
  else inlet.error(error.reason);
}
