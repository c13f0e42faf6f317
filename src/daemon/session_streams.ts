import type { DaemonSession } from "./session.ts";
import type { Id } from "../wire/message.ts";

/** The streams of one session, each of which is a session with a connection of its own. */
export class SessionStreams {
  /** Each with the id of the request that made it one. */
  readonly #ids = new Map<DaemonSession, Id | undefined>();

  /** Adds a stream, until it has closed. */
  add(stream: DaemonSession, id: Id | undefined): void {
    if (!this.#ids.has(stream)) {
      stream.closed.then(() => this.#ids.delete(stream));
    }
    this.#ids.set(stream, id);
  }

  /** Closes them, and resolves when all have closed. */
  async close(): Promise<void> {
    while (this.#ids.size > 0) {
      const streams = Array.from(this.#ids.keys());
      for (const stream of streams) stream.close();
      await Promise.all(streams.map((stream) => stream.closed));
    }
  }

  /** Ends them at once. */
  destroy(reason: unknown): void {
    for (const stream of this.#ids.keys()) stream.destroy(reason);
  }

  /** Hands on what the client says of the stream whose request had this id. */
  receive(id: unknown, frame: Record<string, unknown>): void {
    for (const [stream, its] of this.#ids) {
      if (its === id) stream.receive(frame);
    }
  }
}
