import { assertEquals } from "@std/assert";
import { Random } from "../testing/random.ts";
import { IdMap } from "./id_map.ts";

const ABSENT = [undefined, 0, -1, 1.5, 2 ** 53, "", "1", NaN, null, {}];

Deno.test("IdMap has nothing at first", () => {
  const map = new IdMap<string>();
  assertEquals([map.size, map.values()], [0, []]);
  for (const id of ABSENT) assertEquals(map.get(id), undefined);
});

Deno.test("IdMap deletes what is not there without a word", () => {
  const map = new IdMap<string>();
  for (const id of ABSENT) map.delete(id);
  map.add(7, "seven");
  for (const id of ABSENT) map.delete(id);
  assertEquals([map.size, map.get(7)], [1, "seven"]);
});

Deno.test("IdMap tells ids apart that have one slot", () => {
  const map = new IdMap<string>();
  const ids = [3, 3 + 2 ** 20, 3 + 2 ** 40, 3.5, -(2 ** 20) + 3];
  for (const id of ids) map.add(id, `of ${id}`);
  for (const id of ids) assertEquals(map.get(id), `of ${id}`);
  assertEquals(map.size, ids.length);
  map.delete(3);
  assertEquals(map.values(), ids.slice(1).map((id) => `of ${id}`));
});

Deno.test("IdMap takes any value for an id", () => {
  const map = new IdMap<number>();
  const ids = ["a", "1", null, {}, Symbol("s"), true];
  ids.forEach((id, at) => map.add(id, at));
  assertEquals(ids.map((id) => map.get(id)), ids.map((_, at) => at));
  assertEquals(map.get(1), undefined);
});

Deno.test("IdMap keeps one that stays while a million others come and go", () => {
  const map = new IdMap<number>();
  map.add(1, 1);
  for (let id = 2; id < 1_000_000; id++) {
    map.add(id, id);
    if (id > 10) map.delete(id - 8);
  }
  assertEquals([map.get(1), map.size], [1, 10]);
});

Deno.test("IdMap loses nothing where it grows for a burst, and gets smaller behind it", () => {
  const map = new IdMap<number>();
  let id = 0;
  for (const burst of [5000, 1, 1, 1, 1, 2000, 20_000]) {
    const ids = Array.from({ length: burst }, () => ++id);
    for (const id of ids) map.add(id, -id);
    assertEquals([map.size, map.values().length], [burst, burst]);
    for (const id of ids) {
      assertEquals(map.get(id), -id);
      map.delete(id);
    }
    assertEquals([map.size, map.get(id)], [0, undefined]);
  }
});

Deno.test("IdMap is empty after clear(), and can be used again", () => {
  const map = new IdMap<number>();
  for (const id of [1, 2, 3, "a"]) map.add(id, 0);
  map.clear();
  assertEquals([map.size, map.values(), map.get(2), map.get("a")], [
    0,
    [],
    undefined,
    undefined,
  ]);
  map.add(2, 2);
  assertEquals([map.size, map.get(2), new IdMap().get(2)], [1, 2, undefined]);
});

for (let seed = 0; seed < 20; seed++) {
  Deno.test(`IdMap does as a Map does, seed ${seed}`, () => {
    const random = new Random(seed);
    const map = new IdMap<number>();
    const model = new Map<unknown, number>();
    let next = random.below(3) * (2 ** 31 - 50) + 1;
    for (let step = 0; step < 3000; step++) {
      const known = [...model.keys()];
      // Where more is added than deleted, it grows.
      if (known.length === 0 || random.chance(50 + seed % 5)) {
        const id = random.chance(90) ? next++ : `id ${next++}`;
        map.add(id, step);
        model.set(id, step);
      } else {
        const id = random.chance(90) ? random.pick(known) : next + 5;
        map.delete(id);
        model.delete(id);
      }
      const id = random.chance(50) ? random.pick(known) : next;
      assertEquals(map.get(id), model.get(id));
      assertEquals(map.size, model.size);
    }
    assertEquals(map.values(), [...model.values()]);
  });
}
