// A byte order mark is kept, so that JSON.parse refuses it as it should.
const UTF8 = { ignoreBOM: true };
const decoder = new TextDecoder("utf-8", UTF8);

/** Stands for a line that is not UTF-8; like that line, it is not JSON. */
const NOT_UTF8 = "\uFFFD";

/**
 * The text of `bytes`.
 *
 * @throws {TypeError} If they are not UTF-8.
 */
export function decode(bytes: Uint8Array): string {
  // A fatal decoder takes up to eight times as long: it only looks at what may
  // have been replaced.
  const text = decoder.decode(bytes);
  if (!text.includes(NOT_UTF8)) return text;
  return new TextDecoder("utf-8", { ...UTF8, fatal: true }).decode(bytes);
}

/** The text of a line, or what stands for one that is not UTF-8. */
export function decodeLine(bytes: Uint8Array): string {
  try {
    return decode(bytes);
  } catch {
    return NOT_UTF8;
  }
}
