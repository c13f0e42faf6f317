// Runs the examples as a newcomer would: real processes, with exactly the
// commands and flags that the README gives.
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { block, sh } from "./src/testing/readme.ts";
import { Sandbox } from "./src/testing/sandbox.ts";

const PASTED = block("<!-- transcript -->", "sh");
const SETUP = PASTED.slice(0, PASTED.indexOf("counter add"));

Deno.test("README shows the iface of examples/counter", () => {
  const source = Deno.readTextFileSync(
    new URL("examples/counter/iface.ts", import.meta.url),
  );
  const shown = block("<!-- examples/counter/iface.ts -->", "ts");
  assertStringIncludes(source, shown.trim());
});

Deno.test("README's first block prints what it says, pasted whole, and leaves no daemon", async () => {
  await using box = new Sandbox();
  // On stdin, as in a terminal: no command may take the lines after its own.
  const script = `sh << 'END'\n${PASTED}END`;
  const { code, stdout, stderr } = await sh(box, script);
  assertEquals(stdout, block("<!-- transcript -->", "text"));
  assertEquals([code, stderr], [0, ""]);
  await box.onlyDaemon();
});

Deno.test("examples/counter starts no daemon to close it", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await sh(box, `${SETUP}\ncounter close`);
  assertEquals([code, stdout, stderr], [0, "", ""]);
  assertEquals(box.daemons(), []);
});

for (const option of ["--sockfile PATH", "--sockfile=PATH"]) {
  Deno.test(`examples/counter takes the socket from ${option}`, async () => {
    await using box = new Sandbox();
    const given = option.replace("PATH", '"$S"');
    const script = SETUP.replace('--sockfile "$S"', given);
    const { stdout, stderr } = await sh(
      box,
      `${script}\ncounter add 2 && counter add -3 && test -S $S && echo $S`,
    );
    const [sum, next, socket] = stdout.split("\n");
    assertEquals([sum, next, stderr], ["2", "-1", ""]);
    assertStringIncludes(socket, box.dir);
  });
}

Deno.test("examples/counter has its usual socket without --sockfile", async () => {
  await using box = new Sandbox();
  const script = SETUP.replace(' --sockfile "$S"', "")
    .replace("$(mktemp -d)", "$XDG_RUNTIME_DIR/counter")
    .replaceAll("$S,$S.spawn", "$XDG_RUNTIME_DIR/counter")
    .replace("deno@2.9.6 run", "$& --allow-env=XDG_RUNTIME_DIR");
  const { stdout, stderr } = await sh(box, `${script}\ncounter add 2`);
  assertEquals([stdout, stderr], ["2\n", ""]);
  assert(Deno.lstatSync(box.path("counter/counter.sock")).isSocket);
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
    "add ''": "add takes a number",
    "add 1e400": "add takes a number",
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
