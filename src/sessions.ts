import { within } from "./time.ts";
import type { DaemonSession } from "./session.ts";

/** The sessions that a server serves. */
export class Sessions {
  readonly #ends = new Map<DaemonSession, Promise<void>>();
  readonly #byId = new Map<string, DaemonSession>();

  /** How many there are. */
  get size(): number {
    return this.#ends.size;
  }

  /** How many calls they wait for. */
  get calls(): number {
    let calls = 0;
    for (const session of this.#ends.keys()) calls += session.calls;
    return calls;
  }

  /** How many of them are streams. */
  get streams(): number {
    let streams = 0;
    for (const { isStream } of this.#ends.keys()) if (isStream) streams++;
    return streams;
  }

  /** Serves a session until it has ended. */
  serve(session: DaemonSession): void {
    this.#byId.set(session.id, session);
    const end = session.run().then(() => {
      this.#byId.delete(session.id);
      this.#ends.delete(session);
    });
    this.#ends.set(session, end);
  }

  /** The session of that id, if it goes on. */
  find(id: string): DaemonSession | undefined {
    return this.#byId.get(id);
  }

  /** Tells the clients by what the daemon dies. */
  fail(error: unknown): void {
    for (const session of this.#ends.keys()) session.fail(error);
  }

  /** Ends them when their calls have been answered. */
  close(): void {
    for (const session of this.#ends.keys()) session.close();
  }

  /** Ends them at once. */
  destroy(): void {
    const reason = new DOMException("The daemon has closed", "AbortError");
    for (const session of this.#ends.keys()) session.destroy(reason);
  }

  /** Resolves to whether all have ended within `timeout` milliseconds. */
  async end(timeout: number): Promise<boolean> {
    if (this.#ends.size === 0) return true;
    return await within(timeout, Promise.all(this.#ends.values()));
  }
}
