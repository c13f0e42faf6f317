import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { judge } from "./goal.ts";
import { PARTS } from "./parts.ts";
import { reportText } from "./report.ts";
import { readResults, type Results } from "./results.ts";

function kept(): Results {
  const results = readResults(
    fromFileUrl(import.meta.resolve("./results.json")),
  );
  assert(results, "No results are kept");
  return results;
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, import.meta.url));
}

/** A text as it is before its lines are wrapped and its tables are aligned. */
function plain(text: string): string {
  return text.replaceAll(/-+/g, "-").replaceAll(/\s+/g, " ");
}

Deno.test("The benchmark's README tells what bench/results.json has, of all parts", () => {
  const results = kept();
  assertEquals(Object.keys(results.parts), PARTS.map(({ name }) => name));
  assertStringIncludes(
    plain(read("./README.md")),
    plain(reportText(results)).trim(),
  );
});

Deno.test("README.md tells how long a command takes whose daemon runs, as measured", () => {
  const { works } = kept().parts.warm;
  const warm = PARTS.find(({ name }) => name === "warm")!;
  const [empty, peer] = warm.goals.map((goal) => judge(goal, works)!.figure);
  assertStringIncludes(
    plain(read("../README.md")),
    `takes ${empty.toFixed(1)} times as long as`,
  );
  assert(peer > 0.4 && peer < 0.5, 'It is not "less than half as long"');
});
