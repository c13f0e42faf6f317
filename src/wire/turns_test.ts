import { assert, assertEquals } from "@std/assert";
import { Sandbox } from "../testing/sandbox.ts";
import { WallClock } from "../testing/wall_clock.ts";
import { Turns } from "./turns.ts";

// Of its own, as it is looked up once.
let ticks = 0;
const globals = globalThis as unknown as {
  setImmediate(run: () => void): unknown;
};
const { setImmediate } = globals;
globals.setImmediate = (run) => {
  ticks++;
  return setImmediate(run);
};

/** More microtasks than a loop takes that shares the event loop at all. */
const MANY_HOPS = 50_000_000;

Deno.test("A loop whose steps wait for the system goes on without ticks", async () => {
  const before = ticks;
  using pair = await SocketPair.open();
  const turns = new Turns();
  const start = performance.now();
  while (performance.now() - start < 40) { // ten turns
    const read = turns.share(pair.near.read(new Uint8Array(1)));
    await pair.far.write(new Uint8Array(1));
    await read;
  }
  assertEquals(ticks, before);
});

for (const hops of [1, 300, 2000]) {
  Deno.test(`A loop that never waits lets the sockets of others be looked at: ${hops} microtasks a step`, () =>
    testStarving(hops));
}

Deno.test("A loop that never waits lets the sockets of others be looked at, although the clock was set back", async () => {
  const turns = new Turns();
  using _clock = new WallClock((time) => time - 3_600_000);
  await testStarving(1, turns);
});

async function testStarving(
  hops: number,
  turns: Turns = new Turns(),
): Promise<void> {
  const before = ticks;
  using pair = await SocketPair.open();
  let isRead = false;
  const reading = pair.near.read(new Uint8Array(1)).then(() => isRead = true);
  await pair.far.write(new Uint8Array(1));
  for (let step = 0; !isRead; step++) {
    assert(step * hops < MANY_HOPS, "nobody else has had a turn");
    await turns.share(take(hops));
  }
  await reading;
  assert(ticks > before);
}

async function take(hops: number): Promise<void> {
  for (let hop = 0; hop < hops; hop++) await undefined;
}

Deno.test("What a step resolves to, or fails by, is that of the loop", async () => {
  const turns = new Turns();
  const start = performance.now();
  while (performance.now() - start < 10) {
    assertEquals(await turns.share(Promise.resolve(1)), 1);
    const reason = new Error("no more");
    assertEquals(
      await turns.share(Promise.reject(reason)).catch((error) => error),
      reason,
    );
  }
});

/** Two ends of a unix socket. */
class SocketPair implements Disposable {
  constructor(readonly near: Deno.UnixConn, readonly far: Deno.UnixConn) {}

  static async open(): Promise<SocketPair> {
    await using box = new Sandbox();
    const path = box.path("pair.sock");
    using listener = Deno.listen({ transport: "unix", path });
    const near = await Deno.connect({ transport: "unix", path });
    return new SocketPair(near, await listener.accept());
  }

  [Symbol.dispose](): void {
    this.near.close();
    this.far.close();
  }
}
