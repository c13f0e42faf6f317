/** An object of JSON. */
export type Members = Record<string, unknown>;

/** Whether a value is an object, and no array. */
export function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a line without its line feed.
 *
 * @throws {TypeError} If it is not UTF-8.
 */
export function decodeLine(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A line that holds an object, `""` for an empty one, or `undefined` for any other. */
export function parseLine(bytes: Uint8Array): Members | "" | undefined {
  try {
    const line = decodeLine(bytes);
    if (line === "" || line === "\r") return "";
    const value = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
