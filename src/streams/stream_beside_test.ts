import { assert } from "@std/assert";
import { ClientStream } from "./client_stream.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { DaemonServer } from "../daemon/server.ts";
import { atRest } from "../testing/at_rest.ts";
import { Clock } from "../testing/clock.ts";
import { inTime } from "../testing/deadline.ts";
import { fakeChannel } from "../testing/fake_channel.ts";
import { PlainFrames } from "../testing/plain_frames.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { recordWrites } from "../testing/recorded_writes.ts";

/** What a write beside calls has at most: a piece, or a chunk that is longer. */
const PIECE = 24 * 1024;
const CAPACITY = 1024 * 1024;
const CHUNK = new Uint8Array(4096);
/** More than what fits into the connection and was gathered before a call. */
const FRAMES = 2 * CAPACITY / CHUNK.length;

/** Reads `count` frames. */
async function read(frames: PlainFrames, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await inTime(frames.next(), "a frame");
}

/** How the writes are that whoever reads `frames` makes room for. */
async function nextWrites(
  frames: PlainFrames,
  writes: number[],
): Promise<number[]> {
  await read(frames, FRAMES);
  writes.length = 0;
  await read(frames, FRAMES);
  return writes.slice();
}

Deno.test("a daemon writes a stream in small pieces beside calls of its session, and of no other", async () => {
  using _clock = new Clock();
  const daemon = new DaemonServer(() => ({
    ping: () => "pong",
    down: () =>
      new ReadableStream({
        pull: (out) => out.enqueue(CHUNK),
      }, { highWaterMark: 0 }),
  }), {});
  const serve = (capacity?: number) => {
    const [near, far] = memoryPair({ capacity });
    const { duplex, writes } = recordWrites(far);
    daemon.serve(duplex);
    return { near, writes };
  };
  const call = async (peer: PlainPeer, method: string) => {
    await peer.ask([1, method, []]);
    return (await peer.next()).result;
  };
  const others = serve();
  const other = new PlainPeer(others.near);
  const own = serve();
  const session = new PlainPeer(own.near);
  await session.ask([0, "$/hello", { protocol: 1 }]);
  const { result } = await session.next();
  const stream = serve(CAPACITY);
  const frames = new PlainFrames(stream.near);
  await frames.send({
    jsonrpc: "2.0",
    id: 1,
    method: "down",
    session: (result as { session: string }).session,
  });
  await call(other, "ping");
  await read(frames, FRAMES);
  await call(other, "ping");
  let writes = await nextWrites(frames, stream.writes);
  assert(writes.some((bytes) => bytes > PIECE), `${writes}`);
  await call(session, "ping");
  await read(frames, FRAMES);
  await call(session, "ping");
  writes = await nextWrites(frames, stream.writes);
  assert(writes.every((bytes) => bytes <= PIECE), `${writes}`);
  for (const { near } of [stream, own, others]) near.close();
  daemon.close();
  await inTime(daemon.closed, "the end");
  await atRest();
});

Deno.test("a client writes a stream in small pieces beside calls, and in large ones again after them", async () => {
  using clock = new Clock();
  const [near, far] = memoryPair({ capacity: CAPACITY });
  const { duplex, writes } = recordWrites(near);
  const client = { calls: 0 };
  const channel = fakeChannel(duplex, () => {}, client);
  const stream = new ClientStream({
    channel,
    method: "up",
    args: [],
    signal: undefined,
  });
  const frames = new PlainFrames(far);
  const answer = { readable: false, writable: true };
  await frames.send({ jsonrpc: "2.0", id: 1, result: answer });
  await read(frames, 1); // the request
  const source = new ReadableStream({
    pull: (out) => out.enqueue(CHUNK),
  }, { highWaterMark: 0 });
  const piping = source.pipeTo(stream.writable).catch(() => {});
  let last = await nextWrites(frames, writes);
  assert(last.some((bytes) => bytes > PIECE), `${last}`);
  client.calls++;
  await read(frames, FRAMES);
  client.calls++;
  last = await nextWrites(frames, writes);
  assert(last.every((bytes) => bytes <= PIECE), `${last}`);
  clock.now += 3;
  last = await nextWrites(frames, writes);
  assert(last.some((bytes) => bytes > PIECE), `${last}`);
  frames.close();
  await inTime(Promise.all([stream.closed, piping]), "the end");
  await atRest();
});
