import { assertEquals, assertStringIncludes } from "@std/assert";
import { autod } from "./mod.ts";
import { Sandbox } from "./src/testing/sandbox.ts";
import { Script } from "./src/testing/script.ts";

const TALKER = `console.log("imported");
  export default () => {
    console.warn("connected");
    return { say: (text) => console.error("said %s", text) };
  };`;

function optionsIn(box: Sandbox) {
  const rpcfile = box.write("iface.ts", TALKER);
  return { rpcfile, sockfile: box.sockfile, methods: ["say"] };
}

/** Runs a command that calls the daemon twice, and resolves to its stderr. */
async function stderrOf(
  box: Sandbox,
  options: { readonly debug?: boolean },
): Promise<string> {
  await using script = new Script(
    box,
    `await using daemon = await autod(${JSON.stringify(options)});
    await daemon.rpc.say("one");
    await daemon.rpc.say("two\\nlines");`,
  );
  assertEquals((await script.ended()).code, 0, await script.stderr);
  return script.stderr;
}

Deno.test("autod() shows what the daemon prints with debug", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  const stderr = await stderrOf(box, { ...options, debug: true });
  for (
    const text of ["imported\n", "connected\n", "said one\nsaid two\nlines\n"]
  ) {
    assertStringIncludes(stderr, text);
  }
});

Deno.test("autod() shows what a daemon prints that another command started with debug", async () => {
  await using box = new Sandbox();
  const { onProcess } = box;
  const options = optionsIn(box);
  await using _other = await autod({ ...options, onProcess });
  assertEquals(
    await stderrOf(box, { ...options, debug: true }),
    "connected\nsaid one\nsaid two\nlines\n",
  );
});

for (const debug of [undefined, false]) {
  Deno.test(`autod() shows nothing of the daemon with debug: ${debug}`, async () => {
    await using box = new Sandbox();
    assertEquals(await stderrOf(box, { ...optionsIn(box), debug }), "");
  });
}

Deno.test("autod() shows what one client's calls print to another with debug", async () => {
  await using box = new Sandbox();
  const { onProcess } = box;
  const options = optionsIn(box);
  await using speaker = await autod({ ...options, onProcess });
  await using script = new Script(
    box,
    `const daemon = await autod(${JSON.stringify({ ...options, debug: true })});
    console.log("connected");
    await daemon.connection.closed;`,
  );
  assertEquals(await script.line(), "connected");
  await speaker.rpc.say("hello");
  await box.stop();
  await script.ended();
  assertEquals(await script.stderr, "connected\nsaid hello\n");
});

Deno.test("autod() lets a command that used debug end before its daemon", async () => {
  await using box = new Sandbox();
  const options = optionsIn(box);
  await stderrOf(box, { ...options, debug: true });
  const { onProcess } = box;
  await using daemon = await autod({ ...options, onProcess });
  // The one that looked on has gone, and is not missed.
  await daemon.rpc.say("three");
  assertEquals(daemon.connection.spawned, false);
});
