import { assert, assertEquals } from "@std/assert";
import { toLimits } from "../limits.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { Clock } from "../testing/clock.ts";
import { inTime } from "../testing/deadline.ts";
import { PlainFrames } from "../testing/plain_frames.ts";
import { RecordedEnds } from "../testing/stream_ends.ts";
import type { Duplex } from "./duplex.ts";
import { LineReader } from "./line_reader.ts";
import { ReadSize } from "./read_size.ts";
import { StreamPeer } from "./stream_peer.ts";

const SMALL = 32 * 1024;

Deno.test("ReadSize is small for a while after what was read took its time", () => {
  let now = 0;
  const size = new ReadSize(() => now);
  assertEquals(size.begin(), Infinity);
  now += 1000; // nothing came
  size.end();
  now += 5;
  let small = 0;
  while (size.begin() === SMALL) {
    size.end();
    small++;
  }
  assertEquals(small * SMALL, 256 * 1024);
});

Deno.test("ReadSize is what there is for whoever keeps up", () => {
  let now = 0;
  const size = new ReadSize(() => now);
  for (let i = 0; i < 10; i++) {
    assertEquals(size.begin(), Infinity);
    size.end();
    now += 4.9;
  }
});

Deno.test("StreamPeer reads little for a while after a pause of whoever takes its chunks", async () => {
  using clock = new Clock();
  const [near, far] = memoryPair({ capacity: 2 ** 20 });
  const room: number[] = [];
  const duplex: Duplex = {
    read(buffer) {
      room.push(buffer.length);
      return near.read(buffer);
    },
    write: (bytes) => near.write(bytes),
    closeWrite: () => near.closeWrite(),
    close: () => near.close(),
  };
  const ends = new RecordedEnds();
  const peer = new StreamPeer(duplex, new LineReader(duplex, 2 ** 20), ends, {
    incoming: true,
    outgoing: false,
    halfClose: false,
    limits: toLimits({}),
    toError: (error) => error,
  });
  const chunk = new Uint8Array(60_000);
  const frames = new PlainFrames(far);
  ends.wanted = 4;
  peer.start();
  await frames.send(...Array(4).fill(chunk));
  await inTime(ends.until(4), "the first chunks");
  await atRest();
  clock.now += 5;
  room.length = 0;
  ends.wanted = Infinity;
  peer.resume();
  await frames.send(...Array(4).fill(chunk), { done: true });
  await inTime(ends.until(9), "all of them");
  await inTime(peer.closed, "the end");
  assert(room.slice(0, 8).every((most) => most <= SMALL), `${room}`);
  assert(room.slice(8).some((most) => most > SMALL), `${room}`);
});
