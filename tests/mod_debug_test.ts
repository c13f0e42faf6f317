import { assertEquals, assertStringIncludes } from "@std/assert";
import { autod } from "../mod.ts";
import { FakeDaemon } from "../src/testing/fake_daemon.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Script } from "../src/testing/script.ts";

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

Deno.test("autod() adds no line to what the daemon prints without console", async () => {
  await using box = new Sandbox();
  const { onProcess } = box;
  const say = `(text) => Deno.stdout.writeSync(new TextEncoder().encode(text))`;
  const options = {
    ...optionsIn(box),
    rpcfile: box.write("writer.js", `export default () => ({ say: ${say} });`),
  };
  await using _other = await autod({ ...options, onProcess });
  await using script = new Script(
    box,
    `await using daemon = await autod(${
      JSON.stringify({ ...options, debug: true })
    });
    for (const text of ["one\\n", "two", "three\\n\\n"]) await daemon.rpc.say(text);`,
  );
  await script.ended();
  assertEquals(await script.stderr, "one\ntwo\nthree\n\n");
});

for (const debug of [undefined, false]) {
  Deno.test(`autod() shows nothing of the daemon with debug: ${debug}`, async () => {
    await using box = new Sandbox();
    assertEquals(await stderrOf(box, { ...optionsIn(box), debug }), "");
  });
}

Deno.test("autod() shows what it is sent with debug alone, and only text", async () => {
  const lines = [{ toString: 1 }, 7, "text\n"].map((text) => ({
    jsonrpc: "2.0",
    method: "$/log",
    params: { text },
  }));
  for (const debug of [true, false]) {
    await using box = new Sandbox();
    await using _other = new FakeDaemon(box.sockfile, async (conn) => {
      const peer = new PlainPeer(conn);
      await peer.next();
      await peer.send(...lines, { jsonrpc: "2.0", id: 1, result: 7 });
    });
    const options = { ...optionsIn(box), debug, spawn: false };
    await using script = new Script(
      box,
      `await autod(${JSON.stringify(options)}).catch(() => {});`,
    );
    await script.ended();
    assertEquals(await script.stderr, debug ? "text\n" : "");
  }
});

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
  assertEquals(
    await script.stderr,
    "connected\nsaid hello\nClosing, as it was asked to\n",
  );
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
