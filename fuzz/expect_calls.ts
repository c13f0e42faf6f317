import { parseLine } from "./json.ts";

/** How a call ended: with a result as JSON, with the daemon's error, or with the connection. */
export type CallEnd = `result ${string}` | "error" | "closed";

/**
 * How the calls with the ids `pending` have to end when the server says
 * `bytes` and hangs up, made without the code under test.
 */
export function expectCalls(
  bytes: Uint8Array,
  pending: ReadonlySet<number>,
  maxLineBytes: number,
): Map<number, CallEnd> {
  const ends = new Map<number, CallEnd>();
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start);
    const isWhole = end !== -1 && end - start <= maxLineBytes;
    const message = isWhole && parseLine(bytes.subarray(start, end));
    if (message === "") {
      start = end + 1;
      continue;
    }
    if (!message) break; // what follows cannot be trusted
    start = end + 1;
    const { id, method, error } = message;
    if (typeof method === "string") continue;
    if (!Object.hasOwn(message, "result") && error === undefined) break;
    if (id === null) break;
    if (!pending.has(id as number) || ends.has(id as number)) continue;
    ends.set(
      id as number,
      error === undefined
        ? `result ${JSON.stringify(message.result)}`
        : "error",
    );
  }
  for (const id of pending) if (!ends.has(id)) ends.set(id, "closed");
  return ends;
}
