import { assert, assertEquals } from "@std/assert";
import { memoryPair } from "../testing/memory_pair.ts";
import { PlainFrames } from "../testing/plain_frames.ts";
import type { Duplex } from "./duplex.ts";
import { FrameReader } from "./frame_reader.ts";
import { Incoming } from "./incoming.ts";
import { LineReader } from "./line_reader.ts";

Deno.test("FrameReader reads a long chunk to its end, and that of the connection, when its consumer has no memory for it any more", async () => {
  const length = 2_000_000;
  const [near, far] = memoryPair({ capacity: 2 * length });
  const duplex: Duplex = {
    ...near,
    read(buffer) {
      assert(buffer.length > 0, "there is no room to read into");
      return near.read(buffer);
    },
  };
  const memory = new Uint8Array(1000);
  let given = 0;
  let taken = 0;
  const incoming = new Incoming(true, {
    wantsChunk: () => true,
    view: () => given === 0 ? memory : undefined,
    onBytes: (count) => given += count,
    onChunk: (_chunk, size) => taken += size,
    onDone() {},
    onError() {},
  }, () => {});
  const reader = new LineReader(duplex, 1000);
  const frames = new FrameReader(reader, 1000, incoming, () => {});
  await new PlainFrames(far).send(new Uint8Array(length));
  far.close();
  while (frames.take() || await frames.readMore());
  assertEquals([given, taken], [memory.length, length - memory.length]);
});
