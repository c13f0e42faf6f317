/** Something to throw; what it is depends on `kind`, which can be anything. */
export function makeThrown(kind: unknown): unknown {
  switch (kind) {
    case 0:
      return new TypeError("a type");
    case 1:
      return new Error("outer", { cause: new RangeError("inner") });
    case 2: {
      const all = new AggregateError([new Error("a"), "b", null], "all");
      all.errors.push(all);
      return all;
    }
    case 3: {
      const first = new Error("first");
      first.cause = first;
      return Object.assign(first, { code: "ECODE", self: first });
    }
    case 4:
      return Object.defineProperty(new Error("own"), "__proto__", {
        value: { polluted: true, toJSON: () => "polluted" },
        enumerable: true,
      });
    case 5:
      return {
        get message(): string {
          throw new Error("a getter");
        },
        toString: () => {
          throw new Error("no text");
        },
      };
    case 6:
      return Object.assign(new Error("x".repeat(5000)), { big: "y".repeat(9) });
    case 7:
      return Object.assign(new Error("toJSON"), { toJSON: () => undefined });
    case 8:
      return revoked();
    case 9:
      return undefined;
    case 10:
      return 10n;
    case 11:
      return Symbol("s");
    default:
      return kind;
  }
}

/** Something to return that JSON does not like; what it is depends on `kind`. */
export function makeWeird(kind: unknown): unknown {
  switch (kind) {
    case 0:
      return 10n;
    case 1: {
      const cycle: Record<string, unknown> = {};
      return cycle.cycle = cycle;
    }
    case 2:
      return () => "a function";
    case 3:
      return Symbol("s");
    case 4:
      return undefined;
    case 5:
      return {
        toJSON: () => {
          throw new Error("toJSON");
        },
      };
    case 6:
      return {
        get readable(): unknown {
          throw new Error("readable");
        },
      };
    case 7:
      return {
        get then(): unknown {
          throw new Error("then");
        },
      };
    case 8:
      return revoked();
    case 9:
      return [NaN, -0, Infinity, new Date(NaN), new Map(), /x/];
    case 10:
      return { then: (_: unknown, reject: (r: unknown) => void) => reject(1) };
    case 11:
      return { readable: new ReadableStream(), writable: 1 };
    case 12:
      return locked();
    case 13:
      return Object.create(null);
    case 14:
      return { toJSON: () => undefined };
    case 15:
      return {
        then: () => {
          throw new Error("then threw");
        },
      };
    default:
      return kind;
  }
}

/** How many kinds there are of each. */
export const RESULT_KINDS = 17;

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function locked(): ReadableStream {
  const stream = new ReadableStream();
  stream.getReader();
  return stream;
}
