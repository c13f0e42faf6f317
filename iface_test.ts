// Runs the examples as a newcomer would: real processes, with exactly the
// commands and flags that the README gives.
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { block, sh, transcript } from "./src/testing/readme.ts";
import { Sandbox } from "./src/testing/sandbox.ts";

const SETUP = block("<!-- transcript -->", "sh");

Deno.test("README shows the iface of examples/counter", () => {
  const source = Deno.readTextFileSync(
    new URL("examples/counter/iface.ts", import.meta.url),
  );
  const shown = block("<!-- examples/counter/iface.ts -->", "ts");
  assertStringIncludes(source, shown.trim());
});

Deno.test("README's transcript comes out as it says", async () => {
  await using box = new Sandbox();
  const steps = transcript("<!-- transcript -->");
  assertEquals(steps.length, 6);
  for (const { command, output } of steps) {
    const { code, stdout, stderr } = await sh(box, `${SETUP}\n${command}`);
    assertEquals(stdout, output, `${command}: ${stderr}`);
    assertEquals([code, stderr], [0, ""]);
  }
});

Deno.test("README names the directory in /tmp where XDG_RUNTIME_DIR is not set", async () => {
  await using box = new Sandbox();
  const script = `unset XDG_RUNTIME_DIR\n${SETUP}\necho $D`;
  const { stdout } = await sh(box, script);
  // As src/runtime_dir_test.ts has it.
  assertEquals(stdout, `/tmp/counter-${Deno.uid()}\n`);
});

Deno.test("examples/counter starts no daemon to close it", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await sh(box, `${SETUP}\ncounter close`);
  assertEquals([code, stdout, stderr], [0, "", ""]);
  assertEquals(box.daemons(), []);
});

Deno.test("examples/counter takes the socket from --sockfile", async () => {
  await using box = new Sandbox();
  const directory = box.path("other");
  const script = `${SETUP}
    D=${directory} S=$D/counter.sock; mkdir $D
    counter add 2 --sockfile $S && counter --sockfile=$S add -3`;
  const { stdout, stderr } = await sh(box, script);
  assertEquals([stdout, stderr], ["2\n-1\n", ""]);
  assert(Deno.lstatSync(`${directory}/counter.sock`).isSocket);
});

Deno.test("examples/counter --help prints its usage and starts nothing", async () => {
  await using box = new Sandbox();
  for (const flag of ["--help", "-h", "--help add 2"]) {
    const { code, stdout, stderr } = await sh(box, `${SETUP}\ncounter ${flag}`);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /Usage: cmd\.ts .*add N \| get \| close/);
  }
  assertEquals(box.daemons(), []);
});

Deno.test("examples/counter refuses a wrong command with code 2 and starts nothing", async () => {
  await using box = new Sandbox();
  const cases = {
    "": "a command is needed",
    "sub 2": "no command sub",
    "add": "add takes a number",
    "add two": "add takes a number",
    "add 1 2": "add takes a number",
    "get 1": "get takes no argument",
    "--wrong get": "no option --wrong",
    "--sockfile": "--sockfile takes a path",
  };
  for (const [args, reason] of Object.entries(cases)) {
    const { code, stdout, stderr } = await sh(box, `${SETUP}\ncounter ${args}`);
    assertEquals([code, stdout], [2, ""], args);
    assertStringIncludes(stderr, `counter: ${reason}\n`);
    assertStringIncludes(stderr, "Usage:");
  }
  assertEquals(box.daemons(), []);
});
