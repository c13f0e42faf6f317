/** How a call ended: with a result as JSON, with the daemon's error, or with the connection. */
export type CallEnd = `result ${string}` | "error" | "closed";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
    const message = isWhole && parse(bytes.subarray(start, end));
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

function parse(bytes: Uint8Array): Record<string, unknown> | "" | undefined {
  try {
    const line = decoder.decode(bytes);
    if (line === "" || line === "\r") return "";
    const value = JSON.parse(line);
    const isRecord = typeof value === "object" && !Array.isArray(value);
    return isRecord && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
