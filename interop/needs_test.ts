import { assertEquals, assertStringIncludes } from "@std/assert";
import { runDeno } from "../src/testing/command.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

/** Runs a test that lacks something, and one that does not. */
async function run(): Promise<[code: number, stdout: string]> {
  await using box = new Sandbox();
  const needs = JSON.stringify(import.meta.resolve("./needs.ts"));
  const file = box.write(
    "some_test.ts",
    `import { testUnless } from ${needs};
    testUnless(undefined, "the first", async () => {});
    testUnless("there is no socat", "the second", async () => {});`,
  );
  const { code, stdout } = await runDeno(["test", "--no-check", file]);
  return [code, stdout];
}

Deno.test("testUnless() leaves a test out, and says why in its name", async () => {
  const [code, stdout] = await run();
  assertEquals(code, 0);
  assertStringIncludes(stdout, "the first ... ok");
  assertStringIncludes(
    stdout,
    "the second (left out: there is no socat) ... ignored",
  );
});
