// Runs the stream examples as a newcomer would: real processes, with exactly
// the commands and flags that their READMEs give.
import { assertEquals } from "@std/assert";
import { block, RunningScript, sh } from "../src/testing/readme.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const UPPER = block("<!-- upper -->", "sh", "examples/upper/README.md");
const TAIL = block("<!-- tail -->", "sh", "examples/tail/README.md");
const LICENSE = Deno.readTextFileSync(new URL("../LICENSE", import.meta.url));

/** What the README shows, for another file. */
function follow(file: string): string {
  const lines = TAIL.trimEnd().split("\n");
  assertEquals(lines.pop(), "follow LICENSE");
  return `${lines.join("\n")}\nfollow ${file}`;
}

for (
  const [name, script] of [
    ["upper", `${UPPER.replace("cat LICENSE", "#")}\necho $U`],
    ["tail", `${TAIL.replace("follow LICENSE", "")}\necho $T`],
  ]
) {
  Deno.test(`examples/${name} has its socket in /tmp where XDG_RUNTIME_DIR is not set`, async () => {
    await using box = new Sandbox();
    const { stdout } = await sh(box, `unset XDG_RUNTIME_DIR\n${script}`);
    // As src/runtime_dir_test.ts has it.
    assertEquals(stdout, `/tmp/${name}-${Deno.uid()}\n`);
  });
}

Deno.test("examples/upper prints LICENSE in upper case, as its README shows", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await sh(box, UPPER);
  assertEquals(stdout, LICENSE.toUpperCase());
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("examples/upper keeps characters whole that come in parts", async () => {
  await using box = new Sandbox();
  const text = "Zwölf Boxkämpfer, ein €, ein 𝄞\n".repeat(20_000);
  const file = box.write("text", text);
  const { stdout } = await sh(box, UPPER.replace("LICENSE", file));
  assertEquals(stdout.length, text.length);
  assertEquals(stdout === text.toUpperCase(), true);
});

Deno.test("examples/upper takes an empty input, and its daemon closes by itself", async () => {
  await using box = new Sandbox();
  const { code, stdout } = await sh(
    box,
    UPPER.replace("cat LICENSE", "cat /dev/null"),
  );
  assertEquals([code, stdout], [0, ""]);
  await box.onlyDaemon();
});

Deno.test("examples/tail prints LICENSE, as its README shows", async () => {
  await using box = new Sandbox();
  await using script = new RunningScript(box, TAIL);
  assertEquals(await script.printed(LICENSE), LICENSE);
});

Deno.test(
  "examples/tail prints a file and what is added to it, for two commands at once with one daemon",
  async () => {
    await using box = new Sandbox();
    const file = box.write("followed.txt", "one\n");
    const both = [
      new RunningScript(box, follow(file)),
      new RunningScript(box, follow(file)),
    ];
    await using first = both[0];
    await using second = both[1];
    let text = "one\n";
    for (const script of both) assertEquals(await script.printed(text), text);
    assertEquals(box.daemons().length, 1);
    for (const more of ["two\n", "three, ", "and four\n"]) {
      Deno.writeTextFileSync(file, more, { append: true });
      text += more;
      for (const script of both) assertEquals(await script.printed(text), text);
    }
    first.kill("SIGINT");
    await first.ended();
    Deno.writeTextFileSync(file, "five\n", { append: true });
    assertEquals(await second.printed(text + "five\n"), text + "five\n");
  },
);

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  Deno.test(
    `examples/tail goes on for another when one gets ${signal}, and closes when all have gone`,
    async () => {
      await using box = new Sandbox();
      const file = box.write("followed.txt", "one\n");
      await using first = new RunningScript(box, follow(file));
      await first.printed("one\n");
      await using second = new RunningScript(box, follow(file));
      await second.printed("one\n");
      const daemons = box.daemons();
      assertEquals(daemons.length, 1);
      first.kill(signal);
      await first.ended();
      Deno.writeTextFileSync(file, "two\n", { append: true });
      assertEquals(await second.printed("one\ntwo\n"), "one\ntwo\n");
      assertEquals(box.daemons(), daemons);
      second.kill(signal);
      await second.ended();
      await box.onlyDaemon();
    },
  );
}

Deno.test("examples/tail starts again when the file was cut", async () => {
  await using box = new Sandbox();
  const file = box.write("followed.txt", "one and two\n");
  await using script = new RunningScript(box, follow(file));
  await script.printed("one and two\n");
  Deno.writeTextFileSync(file, "new\n");
  assertEquals(
    await script.printed("one and two\nnew\n"),
    "one and two\nnew\n",
  );
});

Deno.test("examples/tail follows a file that is reached through a link", async () => {
  await using box = new Sandbox();
  const file = box.write("real/followed.txt", "one\n");
  Deno.symlinkSync(box.path("real"), box.path("link"));
  const link = box.path("link/followed.txt");
  await using script = new RunningScript(box, follow(link));
  assertEquals(await script.printed("one\n"), "one\n");
  Deno.writeTextFileSync(file, "two\n", { append: true });
  assertEquals(await script.printed("one\ntwo\n"), "one\ntwo\n");
});

Deno.test("examples/tail tells that there is no such file, and starts nothing", async () => {
  await using box = new Sandbox();
  const file = box.path("nowhere.txt");
  const { code, stdout, stderr } = await sh(box, follow(file));
  assertEquals([code, stdout, stderr], [1, "", `There is no file ${file}\n`]);
  assertEquals(box.daemons(), []);
});

Deno.test("examples/tail refuses another file on the same socket", async () => {
  await using box = new Sandbox();
  const file = box.write("followed.txt", "one\n");
  const other = box.write("other.txt", "two\n");
  await using script = new RunningScript(box, follow(file));
  await script.printed("one\n");
  const { code, stdout, stderr } = await sh(box, follow(other));
  assertEquals([code, stdout, stderr], [
    1,
    "",
    `The daemon follows ${file}; use another --sockfile\n`,
  ]);
});
