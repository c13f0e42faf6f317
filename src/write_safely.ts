const encoder = new TextEncoder();

/** Writes text or bytes to `file`, whatever comes of it; returns whether all of it was written. */
export function writeSafely(
  file: { writeSync(bytes: Uint8Array): number },
  data: string | Uint8Array,
): boolean {
  try {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    for (let at = 0; at < bytes.length;) {
      at += file.writeSync(bytes.subarray(at));
    }
    return true;
  } catch {
    // Nobody reads, or nothing fits: what is done is worth more than what is said.
    return false;
  }
}
