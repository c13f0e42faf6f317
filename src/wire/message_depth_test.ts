import { assertEquals } from "@std/assert";
import { isDeeper } from "./message.ts";

const arrays = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const objects = (levels: number) =>
  '{"a":'.repeat(levels) + "1" + "}".repeat(levels);

Deno.test("isDeeper() tells arrays and objects that are nested one level too deep", () => {
  for (const nested of [arrays, objects]) {
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

Deno.test("isDeeper() takes any text", () => {
  for (const text of ["", '"'.repeat(9), '\\"'.repeat(9), "]".repeat(9)]) {
    assertEquals(isDeeper(text, 2), false, text);
  }
  assertEquals(isDeeper("[".repeat(9), 2), true);
});
