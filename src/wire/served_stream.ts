import type { MessageLimits } from "../limits.ts";
import type { Duplex } from "./duplex.ts";
import { toError } from "./error_data.ts";
import {
  type ChunkReader,
  type ChunkSource,
  IterableSource,
} from "./iterable_source.ts";
import type { LineReader } from "./line_reader.ts";
import { isRecord } from "./message.ts";
import { ServedSink } from "./served_sink.ts";
import { Turns } from "./turns.ts";
import { type StreamEnds, StreamLostError, StreamPeer } from "./stream_peer.ts";

/** What a stream method returned, as the two directions of a stream. */
export interface StreamResult {
  readonly readable?: ChunkSource;
  readonly writable?: WritableStream<unknown>;
}

/** The directions of `result`, or `undefined` if it is no stream. */
export function toStreamResult(result: unknown): StreamResult | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  // Not asked of what has no such member: to name the classes makes Deno load
  // them, which takes a daemon's first answer milliseconds.
  if ("getReader" in result && result instanceof ReadableStream) {
    return { readable: result };
  }
  if ("getWriter" in result && result instanceof WritableStream) {
    return { writable: result };
  }
  if ("readable" in result && "writable" in result) {
    const { readable, writable } = result;
    if (
      readable instanceof ReadableStream && writable instanceof WritableStream
    ) {
      return { readable, writable };
    }
  }
  return Symbol.asyncIterator in result
    ? { readable: new IterableSource(result as AsyncIterable<unknown>) }
    : undefined;
}

/** Ends a stream that nobody will get. */
export function discardStream(
  { readable, writable }: StreamResult,
  reason: unknown,
): void {
  // Whoever made it has the reason; that its end fails as well is no news.
  readable?.cancel(reason).catch(() => {});
  writable?.abort(reason).catch(() => {});
}

/** What {@linkcode serveStream} tells. */
export interface ServeStreamOptions {
  /** The answer to the request, which goes before the first frame. */
  readonly answer: string;
  /** Those of a value as JSON. */
  readonly limits: MessageLimits;
  /** The client wants no more, or has gone; it may be told again. */
  readonly onAbort: (reason: unknown) => void;
  /** Gets what the end of the source threw, as nobody else does. */
  readonly onLostError: (error: unknown) => void;
  /** The sink has failed: the client may not read this connection just now. */
  readonly onSinkFailed: (error: unknown) => void;
  /** Gets what is done at the end of the source or the sink. */
  readonly onEnding: (ending: Ending) => void;
  /** How many calls there have been beside the stream. */
  readonly calls?: () => number;
}

/** What is done at the end of a direction of a stream, such as the `finally` of a generator. */
export interface Ending {
  /** Resolves when it has begun, where that has to wait for something. */
  readonly begun?: Promise<void>;
  /** Resolves when it is over, however it went. */
  readonly over: Promise<void>;
}

/**
 * Serves a method's stream on a connection: pumps its readable out, and what
 * comes in into its writable, once the result was started.
 *
 * @throws {TypeError} If it is in use already.
 */
export function serveStream(
  { readable, writable }: StreamResult,
  duplex: Duplex,
  reader: LineReader,
  options: ServeStreamOptions,
): StreamPeer {
  const { answer, limits, onAbort, onLostError, onEnding, calls } = options;
  if (readable?.locked || writable?.locked) {
    throw new TypeError("Cannot serve the stream: it is in use already");
  }
  const source = readable?.getReader();
  const sink = writable && new ServedSink(writable, () => peer.resume());
  /** By what the client gave a direction up first. */
  let given: { readonly reason: unknown } | undefined;
  const abort = (reason: unknown) => {
    given ??= { reason };
    onEnd();
  };
  const onEnd = () => {
    // A direction that goes on is still the client's.
    const goesOn = peer.incoming.isOpen || peer.outgoing.isOpen;
    if (given && !goesOn) onAbort(given.reason);
  };
  // By a reason of the client's, the other end of a transform fails as well, and
  // what a generator waits for with the call's signal.
  const reasons = new Set<unknown>();
  const onEndError = (error: unknown) => {
    if (reasons.has(error) || isAbort(error)) return;
    reasons.add(error); // its end and what reads it fail by the same
    onLostError(error);
  };
  const follow = (end: Promise<void> | undefined, begun?: Promise<void>) => {
    if (end) onEnding({ begun, over: end.catch(onEndError) });
  };
  const ends: StreamEnds = {
    wantsChunk: () => sink?.wantsChunk() ?? true,
    onChunk: (chunk) => sink!.write(chunk),
    written: () => sink?.written ?? 0,
    onDone() {
      const end = sink?.close();
      // Whose error is told, if the other end is still there.
      if (end) onEnding({ over: end.catch(() => {}) });
      return end;
    },
    onError(reason) {
      reasons.add(reason);
      follow(sink?.abort(reason));
      abort(reason);
    },
    onCancel(reason) {
      // Bytes whose memory went while they were written: their frame is torn.
      const { cause } = reason instanceof StreamLostError ? reason : {};
      if (cause instanceof TypeError) onLostError(cause);
      reasons.add(reason);
      follow(source?.cancel(reason), source?.ready);
      abort(reason);
    },
    onClosed() {},
  };
  const peer = new StreamPeer(duplex, reader, ends, {
    incoming: sink !== undefined,
    outgoing: source !== undefined,
    halfClose: true,
    limits,
    toError: toReason,
    calls,
  });
  sink?.failed.catch((error) => {
    if (peer.incoming.isOpen) options.onSinkFailed(error);
    peer.cancel(error);
    onEnd(); // of a transform, one direction ends the other
  });
  peer.sendLine(answer);
  if (source) pump(source, peer, onEndError).then(onEnd);
  return peer;
}

function toReason(error: unknown): unknown {
  if (!isRecord(error)) return undefined;
  const { data, message } = error;
  // Of one that did not fit into a line, there is no more than that.
  return toError(data ?? (typeof message === "string" ? { message } : data));
}

/** Whether it says no more than that something was given up. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

async function pump(
  source: ChunkReader,
  peer: StreamPeer,
  onEndError: (error: unknown) => void,
): Promise<void> {
  const turns = new Turns();
  try {
    for (;;) {
      const { done, value } = await turns.share(source.read());
      if (done) break;
      const room = peer.send(value);
      if (room) await turns.share(room);
    }
    peer.outgoing.sendDone();
    peer.outgoing.finish();
  } catch (error) {
    // Of a generator that was cancelled meanwhile, the other end hears no more.
    if (peer.outgoing.isOpen) peer.outgoing.sendError(error);
    else onEndError(error);
    source.cancel(error).catch(() => {}); // it failed by that error, or a chunk did
  }
}
