import { type Expectation, type Expected, goesOn } from "./expect.ts";
import { decodeLine, isRecord, type Members } from "./json.ts";
import { match } from "./match.ts";

/** Looks for what is wrong with what a server said, to the letter of JSON-RPC 2.0 and PROTOCOL.md. */
export function checkAnswers(
  output: Uint8Array,
  expectation: Expectation,
  maxMessageBytes: number,
): string[] {
  const failures: string[] = [];
  const single: Members[] = [];
  const batches: Members[][] = [];
  // What ends at once ends anywhere.
  const end = expectation.ends ? output.lastIndexOf(10) + 1 : undefined;
  const whole = output.subarray(0, end);
  for (const line of readLines(whole, maxMessageBytes, failures)) {
    const value = parseStrictly(line, failures);
    if (Array.isArray(value)) batches.push(value);
    else if (value && !("method" in value)) single.push(value);
  }
  if (failures.length > 0) return failures;
  failures.push(...compare(single, batches, expectation));
  return failures;
}

/**
 * Looks for what is wrong with the form of what a server said, whatever it was
 * asked, up to where its lines may be frames.
 */
export function checkForm(
  output: Uint8Array,
  maxMessageBytes: number,
): string[] {
  const failures: string[] = [];
  for (const line of readLines(output, maxMessageBytes, failures)) {
    if (/"result":{"readable":(true|false),"writable"/.test(line)) break;
    parseStrictly(line, failures);
  }
  return failures;
}

/** What is wrong with output that was cut off. */
export const NO_END = "the last line has no end";

/** The lines of a server; what is wrong with them is added to `failures`. */
function* readLines(
  output: Uint8Array,
  limit: number,
  failures: string[],
): Iterable<string> {
  let start = 0;
  for (let end; (end = output.indexOf(10, start)) !== -1; start = end + 1) {
    const bytes = output.subarray(start, end);
    if (bytes.length > limit) failures.push(`a line has ${bytes.length} bytes`);
    try {
      yield decodeLine(bytes);
    } catch {
      failures.push("a line is not UTF-8");
    }
  }
  if (start < output.length) failures.push(NO_END);
}

/** One line of a server: an answer, a batch of them, or a notification. */
function parseStrictly(
  line: string,
  failures: string[],
): Members | Members[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    failures.push(`this is no JSON: ${cut(line)}`);
    return undefined;
  }
  const members = Array.isArray(value) ? value : [value];
  const isBatch = Array.isArray(value);
  if (members.length === 0 || !members.every((one) => isValid(one, isBatch))) {
    failures.push(`this is no JSON-RPC 2.0: ${cut(line)}`);
    return undefined;
  }
  return value as Members;
}

function isValid(value: unknown, inBatch: boolean): boolean {
  if (!isRecord(value) || value.jsonrpc !== "2.0") return false;
  const keys = Object.keys(value).sort().join();
  if (!inBatch && keys === "jsonrpc,method,params") {
    return /^\$\/\w+$/.test(String(value.method)) && isRecord(value.params);
  }
  const { id, error } = value;
  if (id !== null && typeof id !== "string" && typeof id !== "number") {
    return false;
  }
  if (keys === "id,jsonrpc,result") return id !== null;
  return keys === "error,id,jsonrpc" && isRecord(error) &&
    Number.isInteger(error.code) && typeof error.message === "string" &&
    Object.keys(error).every((key) => /^(code|message|data)$/.test(key));
}

function compare(
  single: readonly Members[],
  batches: readonly Members[][],
  expectation: Expectation,
): string[] {
  const mayMiss = expectation.isCut || expectation.ends;
  const ofBatches = match(batches, expectation.batches, batchFits);
  // The answers to a batch may be too long together.
  const instead = ofBatches.expected.filter((batch) => !goesOn(batch))
    .map(() => TOO_LONG);
  const ofCut = expectation.isCut ? [TOO_LONG] : [];
  const all = [...expectation.single, ...instead, ...ofCut];
  // Each stands for itself, although some are the same.
  const { answers, expected } = match(
    single,
    all.map((one) => ({ ...one })),
    fits,
  );
  const failures = [...answers, ...ofBatches.answers]
    .map((one) => `wrong answer ${cut(one)}`);
  if (
    expectation.isCut && !expectation.ends &&
    !single.some((one) => fits(one, TOO_LONG))
  ) failures.push("a line that is too long was not refused");
  if (mayMiss) return failures;
  const missed = expected.filter(({ open }) => !open);
  return [...failures, ...missed.map((one) => `no answer ${cut(one)}`)];
}

const TOO_LONG: Expected = {
  id: null,
  codes: [-32600],
  result: undefined,
  open: false,
};

function batchFits(batch: Members[], expected: Expected[]): boolean {
  return batch.length === expected.length &&
    batch.every((one, at) => fits(one, expected[at]));
}

function fits(answer: Members, expected: Expected): boolean {
  if (expected.open || answer.id !== expected.id) return false;
  if (isRecord(answer.error)) {
    return expected.codes.includes(Number(answer.error.code));
  }
  return expected.result === true ||
    expected.result === JSON.stringify(answer.result);
}

/** As much of a value as tells what it is. */
export function cut(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
