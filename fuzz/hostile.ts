import type { Random } from "../src/testing/random.ts";

/** Names that a careless lookup finds on any object, class or stream. */
export const INHERITED = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "toLocaleString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
  "then",
  "catch",
  "finally",
  "toJSON",
  "call",
  "apply",
  "bind",
  "addEventListener",
  "removeEventListener",
  "dispatchEvent",
  "on",
  "once",
  "off",
  "emit",
  "addListener",
  "removeAllListeners",
  "setMaxListeners",
  "next",
  "Symbol(Symbol.asyncDispose)",
  "Symbol.dispose",
  "@@iterator",
] as const;

const NUMBERS = [
  "0",
  "-0",
  "-0.0",
  "1",
  "-1",
  "0.5",
  "1e400",
  "-1e400",
  "1e-400",
  "5e-324",
  "1.0",
  "1E2",
  "9007199254740991",
  "9007199254740992",
  "9007199254740993",
  "-9007199254740992",
  "4294967296",
  "2147483648",
  "123456789012345678901234567890",
  "67108864",
  "67108865",
];

const STRINGS = [
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u2028\\n"',
  '"\u2028"',
  '"\\u001b[2J"',
  '"2.0"',
  '"1"',
  '"null"',
  '"𝄞"',
  '"$/hello"',
  '"fuzz/1"',
];

const NO_JSON = [
  "NaN",
  "-Infinity",
  "undefined",
  "+1",
  "01",
  ".5",
  "0x10",
  "'a'",
  '"\u0007"',
  '"\\x41"',
  "tru",
  "[1,]",
  "{a:1}",
  "// no",
  '"',
  "{",
  "]",
];

/** The text of a JSON value that nobody would send; `depth` is how deep it may be nested. */
export function hostileJson(random: Random, depth = 2): string {
  const roll = random.below(100);
  if (roll < 25) return random.pick(NUMBERS);
  if (roll < 40) return random.pick(STRINGS);
  if (roll < 50) return JSON.stringify(random.pick(INHERITED));
  if (roll < 60) return random.pick(["null", "true", "false", "[]", "{}"]);
  if (roll < 62) return random.pick(NO_JSON);
  if (roll < 64) return nested(random);
  if (roll < 66) return longString(random);
  if (depth === 0) return "[[]]";
  const inner = () => hostileJson(random, depth - 1);
  if (roll < 80) return `[${times(random.below(4), inner).join(",")}]`;
  const member = () => `${JSON.stringify(hostileKey(random))}:${inner()}`;
  return `{${times(random.below(5), member).join(",")}}`;
}

/** The text of a JSON value that is deeper than a stack. */
export function nested(random: Random): string {
  const depth = random.pick([10, 100, 1000, 1000, 5000]);
  const [open, close] = random.pick([["[", "]"], ['{"a":', "}"], [
    '{"cause":',
    "}",
  ], ['{"__proto__":', "}"]]);
  const core = open === "[" ? "" : "1";
  return open.repeat(depth) + core + close.repeat(depth);
}

/** A key that changes what an object is, if it is set carelessly. */
function hostileKey(random: Random): string {
  return random.pick([
    ...INHERITED,
    "id",
    "method",
    "params",
    "result",
    "error",
    "code",
    "message",
    "data",
    "value",
    "bytes",
    "cause",
    "errors",
    "stack",
    "name",
    "session",
    "",
    "0",
    "length",
  ]);
}

function longString(random: Random): string {
  const length = random.pick([100, 1024, 1025, 5000, 9000, 17_000]);
  return `"${random.pick(["a", "é", "\\u0001", "𝄞"]).repeat(length)}"`;
}

/** What `make` makes, so many times. */
export function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}
