import { inTime } from "./deadline.ts";

/** The error that reading ends with. */
export async function readError(
  reader: ReadableStreamDefaultReader<unknown>,
): Promise<unknown> {
  try {
    for (;;) {
      const { done } = await inTime(reader.read(), "a chunk or an error");
      if (done) return new Error("It just ended");
    }
  } catch (error) {
    return error;
  }
}

/** The error that writing ends with. */
export async function writeError(
  writer: WritableStreamDefaultWriter<unknown>,
): Promise<unknown> {
  return await inTime(
    writer.closed.then(() => new Error("It just closed"), (error) => error),
    "an error",
  );
}
