/**
 * Holds the daemon as ifaces ask for it by their events `ref` and `unref`: the
 * original's way, which outlasts the session. Work that a client began goes on
 * when the client has left.
 */
export class RefEvents {
  readonly #hold: () => Disposable;
  readonly #holders = new WeakMap<object, Holder>();

  /** `hold` keeps the daemon until its result is disposed of. */
  constructor(hold: () => Disposable) {
    this.#hold = hold;
  }

  /**
   * Listens to the iface of a session, if it emits events, until the result is
   * disposed of. Those who share an iface listen to it once.
   */
  follow(iface: object): Disposable | undefined {
    let holder = this.#holders.get(iface);
    if (holder === undefined) {
      const listen = listenTo(iface);
      if (listen === undefined) return undefined;
      holder = new Holder(listen, this.#hold);
      this.#holders.set(iface, holder);
    }
    return holder.join();
  }
}

/** The holds of one iface, and the sessions that it has. */
class Holder {
  readonly #events: Listening;
  readonly #hold: () => Disposable;
  readonly #holds: Disposable[] = [];
  #sessions = 0;

  constructor(events: Listening, hold: () => Disposable) {
    this.#events = events;
    this.#hold = hold;
  }

  /** Listens from now on, until the last session has left. */
  join(): Disposable {
    this.#sessions++;
    // Anew for each: an iface that was disposed of may have removed all of them.
    this.#listen("ref", this.#ref);
    this.#listen("unref", this.#unref);
    return { [Symbol.dispose]: () => this.#leave() };
  }

  #listen(name: string, listener: () => void): void {
    this.#events.off(name, listener);
    this.#events.on(name, listener);
  }

  #leave(): void {
    if (--this.#sessions > 0) return;
    this.#events.off("ref", this.#ref);
    this.#rest();
  }

  // What was held is let go of also when its clients have left.
  #rest(): void {
    if (this.#sessions > 0 || this.#holds.length > 0) return;
    this.#events.off("unref", this.#unref);
  }

  readonly #ref = () => void this.#holds.push(this.#hold());

  readonly #unref = () => {
    this.#holds.pop()?.[Symbol.dispose]();
    this.#rest();
  };
}

/** Adds a listener of an event, or removes it. */
type Listen = (name: string, listener: () => void) => unknown;

/** How to begin and end to listen to what emits events. */
type Listening = Record<"on" | "off", Listen>;

function listenTo(iface: object): Listening | undefined {
  const its = iface as Record<string, Listen>;
  const asked = (method: string): Listen => (name, listener) =>
    attempt(() => its[method](name, listener));
  if (iface instanceof EventTarget) {
    const on = asked("addEventListener");
    return { on, off: asked("removeEventListener") };
  }
  return isEmitter(iface) ? { on: asked("on"), off: asked("off") } : undefined;
}

// They may be methods that take something else.
async function attempt(ask: () => unknown): Promise<void> {
  try {
    await ask();
  } catch {
    // It has no such events.
  }
}

/**
 * Whether it has what node's `EventEmitter` has, and those that are made after
 * it. An iface may well have a method of its own that is called "on".
 */
function isEmitter(iface: object): boolean {
  const { on, off, emit } = iface as Record<string, unknown>;
  return [on, off, emit].every((method) => typeof method === "function");
}
