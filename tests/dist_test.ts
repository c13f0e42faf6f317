import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runDeno } from "../src/testing/command.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const ROOT = join(import.meta.dirname!, "..");

function modulesIn(folder: string): Map<string, string> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  return new Map(
    names.map((name) => [name, Deno.readTextFileSync(join(folder, name))]),
  );
}

Deno.test("dist/ has what `deno task build` makes of src/", async () => {
  await using box = new Sandbox();
  const args = ["task", "build", "--dir", box.path("dist")];
  const { code, stderr } = await runDeno(args, { cwd: ROOT });
  assertEquals(code, 0, stderr);
  assertEquals(
    modulesIn(join(ROOT, "dist")),
    modulesIn(box.path("dist")),
    "run `deno task build`",
  );
});
