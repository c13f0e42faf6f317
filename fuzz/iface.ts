// The iface of the fuzzer: methods whose answers are known, and things that
// look like methods and must never be run.
import { EventEmitter } from "node:events";
import type { Session } from "../server.ts";
import { makeStreams } from "./iface_streams.ts";
import { tick } from "./tick.ts";
import { makeThrown, makeWeird } from "./iface_results.ts";

/** What was run although no client may run it. */
export const tripped: string[] = [];

function trip(name: string): never {
  tripped.push(name);
  throw new Error(`"${name}" was run`);
}

type Method = (...args: unknown[]) => unknown;

function makeMethods(session: Session): Record<string, Method> {
  return {
    echo: (...args) => args,
    later: async (...args) => (await null, args),
    tick: async (...args) => (await tick(), args),
    never() {
      const { callSignal } = session;
      return new Promise((_, reject) => {
        const abort = () => reject(callSignal.reason);
        if (callSignal.aborted) abort();
        else callSignal.addEventListener("abort", abort);
      });
    },
    big: (length) => "x".repeat(Math.min(Number(length) || 0, 100_000)),
    fail(kind) {
      throw makeThrown(kind);
    },
    reject: (kind) => Promise.reject(makeThrown(kind)),
    throwBack(value) {
      throw value;
    },
    weird: makeWeird,
    weirdLater: async (kind) => (await null, makeWeird(kind)),
    close: () => session.close(),
    destroy: () => session.destroy(),
    tripped: () => tripped,
    ...makeStreams(),
  };
}

/** Ways to be an iface; each has the same members and what it inherits besides. */
const BASES = {
  plain: () => ({}),
  bare: () => Object.create(null),
  class: () => new Derived(),
  target: () => new Target(),
  emitter: () => new Emitter(),
} satisfies Record<string, () => object>;

/** One of them. */
export type Kind = keyof typeof BASES;

/** Their names. */
export const KINDS = Object.keys(BASES) as Kind[];

/** Makes an iface of one kind. */
export function makeIface(session: Session, kind: Kind): object {
  const members = {
    ...makeMethods(session),
    get secret(): Method {
      return trip("secret");
    },
    get then(): Method | undefined {
      // `await` asks each iface for it, and no client may.
      return undefined;
    },
    [Symbol.for("trap")]: () => trip("a symbol"),
    inner: { run: () => trip("inner.run") },
  };
  const descriptors = Object.getOwnPropertyDescriptors(members);
  return Object.defineProperties(BASES[kind](), descriptors);
}

/** Whether ifaces of a kind have the method `inherited`. */
export function hasInherited(kind: Kind): boolean {
  return "inherited" in BASES[kind]();
}

class Parent {
  static run() {
    return trip("Parent.run");
  }
  constructor() {
    if (new.target === undefined) trip("constructor");
  }
  inherited(): string {
    return this.#hidden();
  }
  #hidden(): string {
    return "inherited";
  }
  get getter(): Method {
    return trip("getter");
  }
  set setter(_: unknown) {
    trip("setter");
  }
  [Symbol.iterator](): never {
    return trip("Symbol.iterator");
  }
}

class Derived extends Parent {
  override inherited(): string {
    return super.inherited();
  }
}

class Target extends EventTarget {
  inherited(): string {
    return "inherited";
  }
}

class Emitter extends EventEmitter {
  inherited(): string {
    return "inherited";
  }
}
