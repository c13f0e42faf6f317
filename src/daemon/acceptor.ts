import { delay } from "../time.ts";
import type { Report } from "./report.ts";
import { looked } from "../wire/turns.ts";
import { TurnedAway } from "./turned_away.ts";

/** How long to wait when no connection can be had, in milliseconds. */
const PAUSE = 100;

/** What an {@linkcode Acceptor} does with connections. */
export interface AcceptorHost {
  serve(conn: Deno.UnixConn): void;
  /** The line for a connection that cannot be served, if it cannot. */
  refusal(): string | undefined;
  readonly report: Report;
}

/** Takes the connections of one listener after the other. */
export class Acceptor {
  readonly #host: AcceptorHost;
  readonly #turnedAway = new TurnedAway();
  readonly #listeners = new Set<Deno.UnixListener>();

  /** Accepts nothing before `use()`. */
  constructor(host: AcceptorHost) {
    this.#host = host;
  }

  /** Accepts from `listener`, and no longer from those before. */
  use(listener: Deno.UnixListener): void {
    for (const old of this.#listeners) this.#leave(old);
    this.#listeners.add(listener);
    this.#accept(listener);
  }

  /** Accepts no more. */
  close(): void {
    for (const listener of this.#listeners) this.#stop(listener);
    this.#turnedAway.close();
  }

  // Whoever waits there already is let in: to break off would leave open whether
  // what he has sent was done.
  async #leave(listener: Deno.UnixListener): Promise<void> {
    await looked();
    this.#stop(listener);
  }

  #stop(listener: Deno.UnixListener): void {
    if (this.#listeners.delete(listener)) listener.close();
  }

  async #accept(listener: Deno.UnixListener): Promise<void> {
    while (this.#listeners.has(listener)) {
      try {
        this.#take(await listener.accept());
      } catch (error) {
        if (!this.#listeners.has(listener)) return;
        // Out of descriptors, most likely: others are served all the while.
        this.#host.report(error, "accepting a connection");
        await delay(PAUSE);
      }
    }
  }

  #take(conn: Deno.UnixConn): void {
    const refusal = this.#host.refusal();
    if (refusal === undefined) this.#host.serve(conn);
    else this.#turnedAway.add(conn, refusal);
  }
}
