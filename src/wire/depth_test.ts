import { assertEquals } from "@std/assert";
import { Random } from "../testing/random.ts";
import { isDeeper } from "./depth.ts";

const arrays = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const objects = (levels: number) =>
  '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
const laterOnes = (levels: number) =>
  "[{},".repeat(levels - 1) + "[]" + "]".repeat(levels - 1);

Deno.test("isDeeper() tells arrays and objects that are nested one level too deep", () => {
  for (const nested of [arrays, objects, laterOnes]) {
    for (const depth of [1, 2, 100, 1000]) {
      for (const space of ["", " ".repeat(2 * depth)]) {
        assertEquals(isDeeper(nested(depth) + space, depth), false);
        assertEquals(isDeeper(nested(depth + 1) + space, depth), true);
      }
    }
  }
});

Deno.test("isDeeper() counts what is nested, and not what is side by side", () => {
  const wide = `[${Array(1000).fill('{"a":[]}')}]`;
  assertEquals(isDeeper(wide, 3), false);
  assertEquals(isDeeper(wide, 2), true);
});

Deno.test("isDeeper() takes no account of brackets in strings", () => {
  const texts = [
    '["[[[[[["]',
    '["\\"[[[[["]',
    '["\\\\\\"[[[[["]',
    '{"[[[[[[":"{{{{{{"}',
    '["\\\\","[[[[["]',
  ];
  for (const text of texts) {
    JSON.parse(text);
    assertEquals(isDeeper(text, 1), false, text);
  }
  const nested = '["]]]]]]\\"]]]]]]\\\\",["x"]]';
  JSON.parse(nested);
  assertEquals(isDeeper(nested, 1), true);
});

Deno.test("isDeeper() agrees with what JSON.parse() makes of a text", () => {
  const random = new Random(1);
  for (let i = 0; i < 500; i++) {
    const text = JSON.stringify(randomValue(random, random.between(1, 12)));
    const depth = depthOf(JSON.parse(text));
    for (let limit = 1; limit < depth + 2; limit++) {
      assertEquals(isDeeper(text, limit), depth > limit, `${limit} ${text}`);
    }
  }
});

Deno.test("isDeeper() takes any text", () => {
  for (const text of ["", '"'.repeat(9), '\\"'.repeat(9), "]".repeat(9)]) {
    assertEquals(isDeeper(text, 2), false, text);
  }
  assertEquals(isDeeper("[".repeat(9), 2), true);
});

const STRINGS = [
  "",
  "a",
  "[",
  "}",
  "},{",
  "],",
  '"',
  "\\",
  '\\"',
  "é",
  "😀",
  "\n",
];

/** A JSON value that may be nested so deep, with strings that are hard to tell from brackets. */
function randomValue(random: Random, depth: number): unknown {
  const text = () => random.pick(STRINGS) + random.pick(STRINGS);
  if (depth === 0) return random.chance(50) ? text() : random.below(100);
  const items = Array.from(
    { length: random.below(4) },
    () => randomValue(random, random.chance(70) ? depth - 1 : 0),
  );
  return random.chance(50)
    ? items
    : Object.fromEntries(items.map((item, at) => [text() + at, item]));
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
