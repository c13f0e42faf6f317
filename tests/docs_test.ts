// What the documents name: tasks, options, entry points and files.
import { assert, assertNotEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import manifest from "../deno.json" with { type: "json" };
import { lstatIfThere } from "../src/files/if_there.ts";
import { parseOptions as parseBench } from "../bench/options.ts";

const DOCUMENTS = [
  "README.md",
  "PROTOCOL.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "bench/README.md",
  "examples/counter/README.md",
  "examples/fmtd/README.md",
  "examples/foreground/README.md",
  "examples/notes/README.md",
  "examples/tail/README.md",
  "examples/upper/README.md",
];

const urlOf = (path: string) => new URL(`../${path}`, import.meta.url);

for (const path of DOCUMENTS) {
  const text = Deno.readTextFileSync(urlOf(path));
  const all = (pattern: RegExp) =>
    new Set(Array.from(text.matchAll(pattern), ([, found]) => found));

  Deno.test(`${path} names tasks that there are`, () => {
    for (const name of all(/\bdeno(?:@[\d.]+)? task (\w+)/g)) {
      assert(Object.hasOwn(manifest.tasks, name), name);
    }
  });

  Deno.test(`${path} names entry points that there are`, () => {
    for (const name of all(/(@autod\/autod[\w/]*)/g)) {
      const entry = name.replace(manifest.name, ".");
      assert(Object.hasOwn(manifest.exports, entry), name);
    }
  });

  Deno.test(`${path} leads to files that there are`, () => {
    for (const target of all(/\]\((?!#|https?:)([^)#]+)/g)) {
      assert(lstatIfThere(fromFileUrl(new URL(target, urlOf(path)))), target);
    }
  });
}

for (
  const [line] of Deno.readTextFileSync(urlOf("bench/README.md"))
    .matchAll(/(?<=^deno task bench ).*$/gm)
) {
  Deno.test(`bench/README.md shows options that there are: ${line}`, () => {
    const words = line.replace("[PARTS...] ", "calls ")
      .replace(/\[(--\w+) N\]/, "$1 1").replace(
        /\[(--\w+) FILE\]/,
        "$1 x.json",
      );
    assertNotEquals(parseBench(words.split(" ")), undefined);
  });
}
