/** What a method throws, by a number. */
const THROWN: readonly (() => unknown)[] = [
  () => new TypeError("a type"),
  () => new Error("outer", { cause: new RangeError("inner") }),
  () => {
    const all = new AggregateError([new Error("a"), "b", null], "all");
    all.errors.push(all);
    return all;
  },
  () => {
    const first = new Error("first");
    first.cause = first;
    return Object.assign(first, { code: "ECODE", self: first });
  },
  () =>
    Object.defineProperty(new Error("own"), "__proto__", {
      value: { polluted: true, toJSON: () => "polluted" },
      enumerable: true,
    }),
  () => ({
    get message(): string {
      throw new Error("a getter");
    },
    toString: () => {
      throw new Error("no text");
    },
  }),
  () => Object.assign(new Error("x".repeat(5000)), { big: "y".repeat(9) }),
  () => Object.assign(new Error("toJSON"), { toJSON: () => undefined }),
  revoked,
  () => undefined,
  () => 10n,
  () => Symbol("s"),
];

/** What JSON does not like, by a number. */
const WEIRD: readonly (() => unknown)[] = [
  () => 10n,
  () => {
    const cycle: Record<string, unknown> = {};
    return cycle.cycle = cycle;
  },
  () => () => "a function",
  () => Symbol("s"),
  () => undefined,
  () => ({
    toJSON: () => {
      throw new Error("toJSON");
    },
  }),
  () => ({
    get readable(): unknown {
      throw new Error("readable");
    },
  }),
  () => ({
    get then(): unknown {
      throw new Error("then");
    },
  }),
  revoked,
  () => [NaN, -0, Infinity, new Date(NaN), new Map(), /x/],
  () => ({ then: (_: unknown, reject: (r: unknown) => void) => reject(1) }),
  () => ({ readable: new ReadableStream(), writable: 1 }),
  () => {
    const stream = new ReadableStream();
    stream.getReader();
    return stream;
  },
  () => Object.create(null),
  () => ({ toJSON: () => undefined }),
  () => ({
    then: () => {
      throw new Error("then threw");
    },
  }),
];

/** One more than there are of each. */
export const RESULT_KINDS = Math.max(THROWN.length, WEIRD.length) + 1;

/** Something to throw; what it is depends on `kind`, which can be anything. */
export function makeThrown(kind: unknown): unknown {
  return make(THROWN, kind);
}

/** Something to return that JSON does not like; what it is depends on `kind`. */
export function makeWeird(kind: unknown): unknown {
  return make(WEIRD, kind);
}

function make(all: readonly (() => unknown)[], kind: unknown): unknown {
  return typeof kind === "number" && Object.hasOwn(all, kind)
    ? all[kind]()
    : kind;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
