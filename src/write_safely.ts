const encoder = new TextEncoder();

/** Writes `text` to `file`, whatever comes of it. */
export function writeSafely(
  file: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  try {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) {
      at += file.writeSync(bytes.subarray(at));
    }
  } catch {
    // Nobody reads, or nothing fits: what is done is worth more than what is said.
  }
}
