import type { Limits } from "../src/limits.ts";
import { depthOf } from "./depth.ts";
import { decodeLine, isRecord } from "./json.ts";
import { expectOutcome, type Outcome } from "./outcome.ts";

/** What the answer to one request has to be. */
export interface Expected extends Outcome {
  readonly id: unknown;
  /**
   * The method never ends by itself, and was not cancelled. Without an id, it
   * was called by a notification: nobody can cancel it.
   */
  open: boolean;
}

/** What a server has to say to some bytes. */
export interface Expectation {
  /** Answers that have a line of their own, in any order. */
  readonly single: Expected[];
  /** Batches, which are answered in one line each, in their order, when all of their calls have ended. */
  readonly batches: Expected[][];
  /** A line is too long: the server ends the connection by itself. */
  isCut: boolean;
  /** The first line may make a stream of the connection. */
  isStream: boolean;
  /** A method that ends the session is among them. */
  ends: boolean;
}

/** What an iface and its server are like. */
export interface Served {
  readonly limits: Pick<
    Limits,
    "maxMessageBytes" | "maxDepth" | "maxBatchLength"
  >;
  readonly sessions: readonly string[];
  readonly hasInherited: boolean;
}

/**
 * What PROTOCOL.md says of these bytes, made without the code under test: the
 * whole of them at once, and one line after the other.
 */
export function expectAnswers(bytes: Uint8Array, served: Served): Expectation {
  const expectation: Expectation = {
    single: [],
    batches: [],
    isCut: false,
    isStream: false,
    ends: false,
  };
  const all: Expected[] = [];
  let isFirst = true;
  const { maxMessageBytes, maxDepth, maxBatchLength } = served.limits;
  for (const line of splitLines(bytes, maxMessageBytes)) {
    if (line === "too long") {
      expectation.isCut = true;
      break;
    }
    if (line === "" || line === "\r") continue;
    const value = parse(line);
    if (value !== NOT_JSON && depthOf(line) > maxDepth) {
      expectation.single.push(refusal(null, -32600));
      isFirst = false;
      continue;
    }
    const expect = (value: unknown) => {
      const expected = value === NOT_JSON
        ? notJson(line, maxDepth)
        : expectOne(value, served, all, expectation);
      if (expected?.id !== undefined) all.push(expected);
      return expected ?? [];
    };
    if (!Array.isArray(value)) {
      const expected = [expect(value)].flat();
      expectation.single.push(...expected);
      if (isFirst && expected[0]?.becomesStream) expectation.isStream = true;
    } else if (value.length === 0 || value.length > maxBatchLength) {
      expectation.single.push(refusal(null, -32600));
    } else {
      const members = value.flatMap(expect);
      if (members.length > 0) expectation.batches.push(members);
    }
    isFirst = false;
  }
  // What came behind the end is refused, and did not happen.
  if (expectation.ends) {
    for (const expected of all) {
      expected.codes.push(-32802);
      expected.open = false;
    }
  }
  return expectation;
}

const NOT_JSON = Symbol();

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return NOT_JSON;
  }
}

function* splitLines(bytes: Uint8Array, limit: number): Iterable<string> {
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(10, start);
    const end = found === -1 ? bytes.length : found;
    if (end - start > limit) yield "too long";
    if (found === -1) return;
    yield decode(bytes.subarray(start, end));
    start = end + 1;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decodeLine(bytes);
  } catch {
    return "not UTF-8";
  }
}

function refusal(id: unknown, code: number): Expected {
  return { id, codes: [code], result: undefined, open: false };
}

// What looks too deep is not looked at any further.
function notJson(line: string, maxDepth: number): Expected {
  const brackets = line.match(/[[{]/g)?.length ?? 0;
  const codes = brackets > maxDepth ? [-32700, -32600] : [-32700];
  return { id: null, codes, result: undefined, open: false };
}

function expectOne(
  value: unknown,
  served: Served,
  before: readonly Expected[],
  expectation: Expectation,
): Expected | undefined {
  if (!isRecord(value)) return refusal(null, -32600);
  const own = new Map(Object.entries(value));
  const id = own.get("id");
  const hasId = typeof id === "string" && id.length <= 1024 ||
    typeof id === "number" && Math.abs(id) < 2 ** 53;
  const session = own.get("session");
  const method = own.get("method");
  const params = own.get("params");
  if (
    own.has("id") && !hasId || own.get("jsonrpc") !== "2.0" ||
    typeof method !== "string" ||
    session !== undefined && typeof session !== "string" ||
    own.has("params") && (typeof params !== "object" || params === null)
  ) return refusal(hasId ? id : null, -32600);
  const args = Array.isArray(params)
    ? params
    : own.has("params")
    ? [params]
    : [];
  if (/^(close|destroy|\$\/shutdown)$/.test(method)) expectation.ends = true;
  if (method === "$/cancelRequest") cancel(args[0], before);
  const outcome = expectOutcome({ id, method, args, session }, served);
  const open = outcome.codes[0] === -32800;
  return own.has("id") || open ? { id, open, ...outcome } : undefined;
}

// Whatever is under way, and fails from now on, may fail by this; so may what has
// yet to begin.
function cancel(params: unknown, before: readonly Expected[]): void {
  if (!isRecord(params) || !Object.hasOwn(params, "id")) return;
  const { id } = params;
  for (const expected of before) {
    if (expected.id !== id) continue;
    expected.open = false;
    if (expected.isCall) expected.codes.push(-32800);
  }
}

/** Whether a call goes on, so that a server waits. */
export function isOpen({ single, batches }: Expectation): boolean {
  return [single, ...batches].some(goesOn);
}

/** Whether one of these calls goes on. */
export function goesOn(calls: readonly Expected[]): boolean {
  return calls.some(({ open }) => open);
}
