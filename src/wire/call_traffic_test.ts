import { assert, assertEquals } from "@std/assert";
import { inTime } from "../testing/deadline.ts";
import { TickCounter } from "../testing/tick_counter.ts";
import { CallTraffic } from "./call_traffic.ts";

const LARGE = 192 * 1024;
const PIECE = 24 * 1024;
/** How many ticks there are in a turn at least. */
const TURN = 60;

/** Traffic whose calls and clock are the test's. */
class Road {
  calls = 0;
  now = 1000;
  readonly traffic = new CallTraffic(() => this.calls, () => this.now);

  /** Has a call made, so many milliseconds after the last one, and seen. */
  call(after: number): void {
    this.now += after;
    this.calls++;
    this.traffic.piece(LARGE);
  }
}

Deno.test("CallTraffic leaves a stream alone that has no calls beside it", () => {
  const { traffic } = new Road();
  assertEquals(traffic.piece(LARGE), LARGE);
  assertEquals(traffic.makeWay(LARGE), undefined);
});

Deno.test("CallTraffic leaves a stream alone beside calls that do not follow each other", () => {
  const road = new Road();
  for (let i = 0; i < 5; i++) {
    road.call(100);
    assertEquals(road.traffic.piece(LARGE), LARGE);
    assertEquals(road.traffic.makeWay(LARGE), undefined);
  }
});

Deno.test("CallTraffic makes pieces small, and has a turn after each, while calls follow each other", async () => {
  const road = new Road();
  const { traffic } = road;
  road.call(0);
  road.call(99);
  assertEquals(traffic.piece(LARGE), PIECE);
  assertEquals(traffic.makeWay(1000), undefined);
  const turn = traffic.makeWay(PIECE);
  assert(turn);
  await inTime(turn, "the turn");
  assertEquals(traffic.makeWay(1000), undefined);
  road.now += 3;
  assertEquals(traffic.piece(LARGE), LARGE);
  assertEquals(traffic.makeWay(PIECE), undefined);
  road.call(50);
  assertEquals(traffic.piece(LARGE), PIECE);
});

Deno.test("CallTraffic gives streams their pieces one after the other, with a turn between two", async () => {
  await using ticks = new TickCounter();
  const pieces: { of: number; at: number }[] = [];
  const roads = [new Road(), new Road(), new Road()];
  await inTime(
    Promise.all(roads.map(async (road, of) => {
      road.call(0);
      road.call(0);
      for (let piece = 0; piece < 3; piece++) {
        await road.traffic.makeWay(PIECE);
        pieces.push({ of, at: ticks.count });
      }
    })),
    "all pieces",
  );
  assertEquals(pieces.map(({ of }) => of), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  let last = 0;
  for (const { at } of pieces) {
    assert(at - last >= TURN, `${at - last} ticks`);
    last = at;
  }
});
