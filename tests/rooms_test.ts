// The rooms of src/, as CONTRIBUTING.md lists them.
import { assert, assertEquals } from "@std/assert";

const SRC = new URL("../src/", import.meta.url);

/** The rooms, in the order in which they may import from each other. */
const ROOMS = Array.from(
  Deno.readTextFileSync(new URL("../CONTRIBUTING.md", import.meta.url))
    .matchAll(/^\| `src\/(\w+)\/`/gm),
  ([, room]) => room,
);

/** What runs in a folder: no tests, and nothing of what is below it. */
function sourcesIn(folder: URL): URL[] {
  return Array.from(Deno.readDirSync(folder))
    .filter(({ name }) => name.endsWith(".ts") && !name.endsWith("_test.ts"))
    .map(({ name }) => new URL(name, folder));
}

/** What a module loads with itself, which types are not. */
function importsOf(url: URL): URL[] {
  const statements = Deno.readTextFileSync(url)
    .matchAll(/^(?:import|export) (?!type )([^;]*?)from "(\.[^"]+)";$/gm);
  return Array.from(statements)
    .filter(([, names]) => names.replaceAll(/\btype \w+/g, "").match(/\w/))
    .map(([, , path]) => new URL(path, url));
}

Deno.test("CONTRIBUTING.md lists all rooms of src/", () => {
  const folders = Array.from(Deno.readDirSync(SRC))
    .filter(({ name, isDirectory }) => isDirectory && name !== "testing")
    .map(({ name }) => name);
  assertEquals(folders.sort(), ROOMS.toSorted());
});

for (const [index, room] of ROOMS.entries()) {
  Deno.test(`src/${room}/ imports from itself, the rooms below it, and what belongs to all`, () => {
    const may = ["", room, ...ROOMS.slice(index + 1)]
      .map((name) => new URL(name && `${name}/`, SRC).href);
    const sources = sourcesIn(new URL(`${room}/`, SRC));
    assert(sources.length > 0, "There is nothing in it");
    for (const source of sources) {
      for (const target of importsOf(source)) {
        assert(
          may.includes(new URL(".", target).href),
          `${source} imports ${target}`,
        );
      }
    }
  });
}

Deno.test("What belongs to all imports from no room", () => {
  const gathering = ["cli.ts", "client.ts", "cold.ts", "serving.ts"];
  for (const source of sourcesIn(SRC)) {
    if (gathering.some((name) => source.href.endsWith(`/src/${name}`))) {
      continue;
    }
    for (const target of importsOf(source)) {
      assertEquals(new URL(".", target).href, SRC.href, `${source}`);
    }
  }
});
