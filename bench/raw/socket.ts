// What the floor is made of: a unix socket, and plain ReadableStreams around it.

/** How much is read at once, in bytes. */
export const READ_BYTES = 64 * 1024;

/** Writes all of `bytes`, which the socket may take in parts. */
export async function writeAll(
  conn: Deno.UnixConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(at === 0 ? bytes : bytes.subarray(at));
  }
}

/** What comes in, as a stream. */
export function receive(conn: Deno.UnixConn): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(out) {
      const memory = new Uint8Array(READ_BYTES);
      const count = await conn.read(memory);
      if (count === null) out.close();
      else out.enqueue(memory.subarray(0, count));
    },
  }, { highWaterMark: 0 });
}
