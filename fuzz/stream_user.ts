import type { Random } from "../src/testing/random.ts";
import type { RpcStream } from "../src/rpc_stream.ts";
import { hostileJson } from "./hostile.ts";

/** How a program may read a stream. */
export const READS = [
  "chunks",
  "iterate",
  "bytes",
  "byob",
  "one",
  "cancel",
  "nothing",
] as const;

/** How a program may write to a stream. */
export const WRITES = ["nothing", "all", "abort", "leave"] as const;

/** Uses a stream as a program does, good or bad. */
export class StreamUser {
  /** The chunks that were read. */
  readonly chunks: unknown[] = [];
  /** How reading ended. */
  end: "done" | "error" | undefined;
  /** How many things it waits for. */
  pending = 0;
  readonly #random: Random;
  readonly #stream: RpcStream;

  constructor(random: Random, stream: RpcStream) {
    this.#random = random;
    this.#stream = stream;
  }

  /** Reads in one of the ways. */
  read(how: typeof READS[number]): void {
    if (how === "nothing") return;
    this.#expect(
      this.#read(how).then(
        () => this.end = "done",
        () => this.end = "error",
      ),
    );
  }

  async #read(how: typeof READS[number]): Promise<void> {
    const stream = this.#stream;
    switch (how) {
      case "iterate":
        for await (const chunk of stream) this.chunks.push(chunk);
        return;
      case "bytes":
        for await (const chunk of stream.bytes) this.chunks.push(chunk);
        return;
      case "byob":
        return await this.#readInto(stream.bytes.getReader({ mode: "byob" }));
      case "cancel":
        return await stream.readable.cancel(this.#reason());
      default: {
        const reader = stream.readable.getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          this.chunks.push(value);
          if (how === "one") return await reader.cancel(this.#reason());
        }
      }
    }
  }

  async #readInto(reader: ReadableStreamBYOBReader): Promise<void> {
    for (;;) {
      const length = this.#random.pick([1, 10, 1000]);
      const { done, value } = await reader.read(new Uint8Array(length));
      if (done) return;
      this.chunks.push(value);
    }
  }

  /** Writes in one of the ways. */
  write(how: typeof WRITES[number]): void {
    if (how === "nothing") return;
    const writer = this.#stream.writable.getWriter();
    writer.closed.catch(() => {});
    const random = this.#random;
    for (let left = random.below(5); left > 0; left--) {
      const chunk = random.pick([
        left,
        "text",
        null,
        10n,
        new Uint8Array(3),
        new Uint8Array(0),
        "x".repeat(3000),
      ]);
      this.#expect(writer.write(chunk));
    }
    if (how === "all") this.#expect(writer.close());
    if (how === "abort") this.#expect(writer.abort(this.#reason()));
  }

  /** Disposes of the stream. */
  dispose(): void {
    this.#expect(this.#stream[Symbol.asyncDispose]());
  }

  #reason(): unknown {
    const value = hostileJson(this.#random);
    return this.#random.pick([undefined, null, new Error(value), value, 10n]);
  }

  #expect(promise: PromiseLike<unknown>): void {
    this.pending++;
    const settle = () => this.pending--;
    promise.then(settle, settle);
  }
}
