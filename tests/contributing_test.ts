import { assert, assertMatch } from "@std/assert";

const HEADING = "## What such tools get wrong";

/** The lines of the table in CONTRIBUTING.md, without its head. */
function rows(): string[] {
  const text = read("CONTRIBUTING.md");
  const section = text.slice(text.indexOf(HEADING)).split("\n## ", 1)[0];
  return section.split("\n").filter((line) => line.startsWith("|")).slice(2);
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
}

/** The names of the tests in a file; what a template fills in may be anything. */
function testsIn(path: string): RegExp[] {
  const names = /(?:Deno\.test\(|\bname:)\s*(["'`])((?:\\.|(?!\1)[^])*)\1/g;
  return Array.from(
    read(path).matchAll(names),
    ([, quote, name]) => toPattern(quote, name),
  );
}

function toPattern(quote: string, name: string): RegExp {
  const parts = quote === "`" ? name.split(/\$\{.*?\}/s) : [name];
  const escaped = parts.map((part) =>
    RegExp.escape(part.replace(/\\(.)/gs, "$1"))
  );
  return new RegExp(`^${escaped.join(".+")}$`, "s");
}

for (const row of rows()) {
  const [, complaint] = row.split("|");
  Deno.test(`CONTRIBUTING.md names tests that are there, against: ${complaint.trim()}`, () => {
    assertMatch(row, /`[\w/]+_test\.ts: ".+"`/);
    for (
      const [, path, name] of row.matchAll(/`([\w/]+_test\.ts): "(.+?)"`/g)
    ) {
      const found = testsIn(path).some((test) => test.test(name));
      assert(found, `${path} has no test "${name}"`);
    }
  });
}

Deno.test("CONTRIBUTING.md has the table of what such tools get wrong", () => {
  assert(rows().length > 0, `There is no table after "${HEADING}"`);
});
