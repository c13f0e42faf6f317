import { assertEquals, assertThrows } from "@std/assert";
import { parseOptions } from "./options.ts";
import { PARTS } from "./parts.ts";

Deno.test("parseOptions() takes parts by their names, and all without any", () => {
  const some = parseOptions(["calls", "warm", "--rounds", "3"]);
  assertEquals(some?.parts.map(({ name }) => name), ["calls", "warm"]);
  assertEquals(some?.rounds, 3);
  const all = parseOptions([]);
  assertEquals(all?.parts, PARTS);
  assertEquals(all?.rounds, undefined);
});

Deno.test("parseOptions() refuses what it does not know", () => {
  for (
    const [args, message] of [
      [["cals"], 'Cannot measure "cals"'],
      [["--round", "3"], "Cannot take --round"],
      [["--rounds", "0"], "Cannot take --rounds 0"],
      [["--rounds", "x"], "Cannot take --rounds x"],
      [["--smoke", "--json", "a.json"], "Cannot keep the figures"],
    ] as const
  ) assertThrows(() => parseOptions([...args]), TypeError, message);
});

Deno.test("the goals of each part are of works that have one name each", () => {
  for (const { name, goals } of PARTS) {
    const keys = goals.map(({ work, per, perWork }) =>
      JSON.stringify([work, per, perWork])
    );
    assertEquals(new Set(keys).size, keys.length, name);
  }
});
