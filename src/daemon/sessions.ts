import type { DaemonSession } from "./session.ts";
import { IdMap } from "../wire/id_map.ts";

/** The sessions that a server serves. */
export class Sessions {
  readonly #byNumber = new IdMap<DaemonSession>();
  readonly #instance: string;
  readonly #late = new Set<Promise<void>>();
  #last = 0;

  /** `instance` is what the ids of its sessions begin with. */
  constructor(instance: string) {
    this.#instance = instance;
  }

  /** How many there are. */
  get size(): number {
    return this.#byNumber.size;
  }

  /** How many calls they wait for. */
  get calls(): number {
    return this.#all.reduce((calls, session) => calls + session.calls, 0);
  }

  /** How many of them are streams. */
  get streams(): number {
    return this.#all.filter((session) => session.isStream).length;
  }

  /** Has `make` make a session of an id, which is one of them until it has ended. */
  serve(make: (id: string) => DaemonSession): DaemonSession {
    const number = ++this.#last;
    const session = make(`${this.#instance}/${number}`);
    this.#byNumber.add(number, session);
    session.closed.then(() => this.#byNumber.delete(number));
    return session;
  }

  /** The session of that id, if it goes on. */
  find(id: string): DaemonSession | undefined {
    const number = Number(id.slice(id.indexOf("/") + 1));
    const session = this.#byNumber.get(number);
    return session?.id === id ? session : undefined;
  }

  /** Tells the clients by what the daemon dies. */
  fail(error: unknown): void {
    for (const session of this.#all) session.fail(error);
  }

  /** Ends them when their calls have been answered. */
  close(): void {
    for (const session of this.#all) session.close();
  }

  /** Ends them as their time is over. */
  cut(): void {
    const reason = new DOMException("The daemon has closed", "AbortError");
    for (const session of this.#all) session.cut(reason);
  }

  /** Has `end()` wait for what a session has left behind as well. */
  async keep(late: Promise<void>): Promise<void> {
    this.#late.add(late);
    await late;
    this.#late.delete(late);
  }

  /** Resolves when all that there are have ended. */
  async closed(): Promise<void> {
    await Promise.all(this.#all.map((session) => session.closed));
  }

  /** As `closed()`, and what they have left behind as well. */
  async end(): Promise<void> {
    await this.closed();
    await Promise.all(this.#late);
  }

  get #all(): DaemonSession[] {
    return this.#byNumber.values();
  }
}
