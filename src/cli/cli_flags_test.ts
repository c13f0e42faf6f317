// What the operators' command needs to be permitted: the lines of the README's
// table, and each of them with something taken away.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { autod } from "../../mod.ts";
import { CLI } from "../testing/cli.ts";
import { counterIn } from "../testing/counter.ts";
import { flagsIn, lessOne, readmeFlags } from "../testing/pasted.ts";
import { sh } from "../testing/readme.ts";
import { Sandbox } from "../testing/sandbox.ts";

// What an operator does, as the README calls it, and how.
const COMMANDS: [purpose: string, ...commands: string[]][] = [
  ["ask with the operators'", "status S", "ping S", "methods S", "call S pid"],
  ["show the log", "logs S"],
  ["find out what is wrong", "doctor S"],
  ["end the daemon", "stop S", "restart S"],
  ["end it in any case", "stop --force S"],
];

/** Runs a command line of the operators'. */
function run(
  box: Sandbox,
  flags: string,
  command: string,
  sockfile = box.sockfile,
) {
  const line = command.replace("S", `"${sockfile}"`);
  return sh(box, `deno run --no-prompt ${flags} ${CLI} ${line}`);
}

for (const [purpose, ...commands] of COMMANDS) {
  for (const command of commands) {
    Deno.test(`autod ${command} works with the flags of the README, and names each that is missing`, async () => {
      await using box = new Sandbox();
      const { sockfile: S, dir: D, onProcess } = box;
      await using _daemon = await autod({ ...counterIn(box), onProcess });
      const flags = readmeFlags(purpose, { S, D });
      for (const { less, lacks } of lessOne(flags)) {
        const { code, stdout, stderr } = await run(
          box,
          less.join(" "),
          command,
        );
        assertEquals(code, 1, stdout + stderr);
        assertStringIncludes(stdout + stderr, `this command lacks ${lacks}`);
        assertEquals(flagsIn(stdout + stderr), flags.join(" "));
      }
      const { code, stdout, stderr } = await run(box, flags.join(" "), command);
      assertEquals([code, stderr], [0, ""], stdout);
    });
  }
}

Deno.test("autod takes a directory that is reached through a link, with the flags of the README", async () => {
  for (const [purpose, ...commands] of COMMANDS) {
    for (const command of commands) {
      await using box = new Sandbox();
      const D = box.path("link");
      Deno.symlinkSync(box.dir, D);
      const S = box.sockfile.replace(box.dir, D);
      const options = { ...counterIn(box), sockfile: S };
      await using _daemon = await autod({
        ...options,
        onProcess: box.onProcess,
      });
      const flags = readmeFlags(purpose, { S, D }).join(" ");
      const { code, stdout, stderr } = await run(box, flags, command, S);
      assertEquals([code, stderr], [0, ""], `${command}: ${stdout}`);
    }
  }
});

Deno.test("autod help and completions need no permission", async () => {
  await using box = new Sandbox();
  for (const command of ["help", "completions bash", "stop --help"]) {
    const { code, stderr } = await run(box, "", command);
    assertEquals([code, stderr], [0, ""]);
  }
});
