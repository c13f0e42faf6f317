import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../src/testing/command.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

/** Runs a test that lacks something, and one that does not. */
async function run(ci: string): Promise<[code: number, stdout: string]> {
  await using box = new Sandbox();
  const needs = JSON.stringify(import.meta.resolve("./needs.ts"));
  const file = box.write(
    "some_test.ts",
    `import { testUnless } from ${needs};
    testUnless(undefined, "the first", async () => {});
    testUnless("there is no socat", "the second", async () => {});`,
  );
  const script = `CI=${ci} exec "$0" test --no-check --allow-env "$1"`;
  const args = ["-c", script, Deno.execPath(), file];
  const { code, stdout } = await runProgram("sh", args);
  return [code, stdout];
}

Deno.test("testUnless() leaves a test out, and says why in its name", async () => {
  const [code, stdout] = await run("");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "the first ... ok");
  assertStringIncludes(
    stdout,
    "the second (left out: there is no socat) ... ignored",
  );
});

Deno.test("testUnless() fails in CI, where nothing may be left out", async () => {
  const [code, stdout] = await run("true");
  assertEquals(code, 1);
  assertStringIncludes(stdout, "the first ... ok");
  assertStringIncludes(stdout, "Cannot run this test: there is no socat");
});
