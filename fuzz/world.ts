import type { Server } from "../server.ts";
import { type LimitOptions, type Limits, toLimits } from "../src/limits.ts";
import { RefEvents } from "../src/daemon/ref_events.ts";
import { Refcount } from "../src/daemon/refcount.ts";
import { DaemonSession, type SessionHost } from "../src/daemon/session.ts";
import { Sessions } from "../src/daemon/sessions.ts";
import {
  memoryPair,
  type MemoryPairOptions,
} from "../src/testing/memory_pair.ts";
import type { Random } from "../src/testing/random.ts";
import { Timers } from "../src/testing/timers.ts";
import type { Duplex } from "../src/wire/duplex.ts";
import type { Served } from "./expect.ts";
import { hasInherited, type Kind, KINDS, makeIface } from "./iface.ts";
import { rest } from "./tick.ts";

/** More than is said of what was lost, in characters: a hundred of a name, each of which may take six. */
const MAX_QUOTED = 700;
/** How often the time may be up until all has ended. */
const MAX_TIMEOUTS = 40;

/** A daemon without a process or a socket, and whose time stands still. */
export class World implements Disposable {
  readonly limits: Limits;
  readonly sessions = new Sessions("fuzz");
  /** What went wrong that no client hears of. */
  readonly lost: string[] = [];
  readonly #kind: Kind;
  readonly #refcount = new Refcount(() => {});
  readonly #timers = new Timers();
  readonly #logs = new Set<(text: string) => void>();
  #closing = false;

  /** `limits` are those that a test or trial needs; the others are as they are by default. */
  constructor(random: Random, limits: LimitOptions = {}) {
    const maxMessageBytes = random.pick([8192, 8192, 16_384]);
    this.limits = toLimits({ maxMessageBytes, ...limits });
    this.#kind = random.pick(KINDS);
  }

  /** What a client finds that says nothing of sessions of others. */
  get served(): Served {
    const { limits } = this;
    return { limits, hasInherited: hasInherited(this.#kind), sessions: [] };
  }

  /** Connects a client. Its session is `fuzz/1`, `fuzz/2` and so on. */
  connect(options: MemoryPairOptions): Duplex {
    const [near, far] = memoryPair(options);
    this.sessions.serve((id) => new DaemonSession(id, far, this.#host()));
    return near;
  }

  /** Says something in the log. */
  print(text: string): void {
    for (const listener of this.#logs) listener(text);
  }

  /** Closes, as a daemon does that is asked to. */
  close(force = false): void {
    this.#closing = true;
    if (force) this.sessions.cut();
    else this.sessions.close();
  }

  /** What is left, when all clients have gone and all time has passed. */
  async end(): Promise<string[]> {
    const hasEnded = () => this.sessions.size === 0;
    for (let left = MAX_TIMEOUTS; left > 0; left--) {
      // What does not end in a few turns mostly waits for a timer.
      if (await rest(hasEnded, 10)) break;
      this.#timers.fire();
    }
    // As a server does at last: a sink may be stuck.
    if (this.#closing) this.sessions.cut();
    await rest(hasEnded);
    // Those of what has ended are cleared by it.
    await rest(() => this.#timers.length === 0);
    const { size, calls, streams } = this.sessions;
    const left = {
      sessions: size,
      calls,
      streams,
      holds: this.#refcount.count,
      timers: this.#timers.length,
      logs: this.#logs.size,
    };
    return Object.entries(left).filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what} are left`);
  }

  /** Lets time pass again. */
  [Symbol.dispose](): void {
    this.#timers[Symbol.dispose]();
  }

  #host(): SessionHost {
    return {
      server: {
        close: (options) => this.close(options?.drainTimeout === 0),
        ref: () => this.#refcount.hold(),
      } as Server,
      createIface: (_, session) => makeIface(session, this.#kind),
      args: [],
      limits: this.limits,
      drainTimeout: 5000,
      isClosing: () => this.#closing,
      failure: () => undefined,
      refEvents: new RefEvents(() => this.#refcount.hold()),
      findSession: (id) => this.sessions.find(id),
      hello: () => ({ pid: 1, instance: "fuzz", startedAt: "now" }),
      status: () => ({ pid: 1, calls: this.sessions.calls }),
      shutdown: ({ drainTimeout }) => this.close(drainTimeout === 0),
      onIface: () => {},
      onLateDisposal: (ended) => void this.sessions.keep(ended),
      onLostError: (_, what) => {
        if (what.length > MAX_QUOTED) this.lost.push("the log is flooded");
      },
      followLog: (listener) => {
        this.#logs.add(listener);
        return {
          [Symbol.dispose]: () => void this.#logs.delete(listener),
        };
      },
    };
  }
}
