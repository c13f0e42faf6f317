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

/** Ways to be an iface; each has the same methods and what it inherits besides. */
export const KINDS = ["plain", "bare", "class", "target", "emitter"] as const;

/** Makes an iface of one kind. */
export function makeIface(
  session: Session,
  kind: typeof KINDS[number],
): object {
  const methods = makeMethods(session);
  const traps = {
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
  const own = Object.getOwnPropertyDescriptors({ ...methods });
  const all = { ...own, ...Object.getOwnPropertyDescriptors(traps) };
  switch (kind) {
    case "plain":
      return Object.defineProperties({}, all);
    case "bare":
      return Object.defineProperties(Object.create(null), all);
    case "class":
      return Object.defineProperties(new Derived(), all);
    case "target":
      return Object.defineProperties(new Target(), all);
    case "emitter":
      return Object.defineProperties(new Emitter(), all);
  }
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

/** Whether ifaces of a kind have the method `inherited`. */
export function hasInherited(kind: typeof KINDS[number]): boolean {
  return kind !== "plain" && kind !== "bare";
}
