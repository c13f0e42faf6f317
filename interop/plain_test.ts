// Clients that know sockets and lines alone, and those that the documents show.
import { assertEquals } from "@std/assert";
import { runProgram } from "../src/testing/command.ts";
import { block } from "../src/testing/readme.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { OUTCOMES, runClient, startDaemon } from "./clients.ts";
import { lack, testUnless } from "./needs.ts";

const lackingNc = await lack("nc");
const lackingPython = await lack("python3");
const COUNTER = import.meta.resolve("../examples/counter/iface.ts");

/** Resolves to what a shell script prints, which finds the socket in $SOCK and in $S. */
async function printed(box: Sandbox, script: string): Promise<string> {
  const args = ["-c", `S=$0 SOCK=$0\n${script}`, box.sockfile];
  const { code, stdout, stderr } = await runProgram("sh", args);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

testUnless(
  lackingPython,
  "Python's standard library talks to a daemon",
  async () => {
    assertEquals(await runClient("python3", "stdlib.py"), [{
      ...OUTCOMES,
      invalid: { code: -32600 },
      batch: [["a", 7], ["b", -32601]],
      notJson: -32700,
      notUtf8: -32700,
      emptyBatch: -32600,
      rest: "",
    }]);
  },
);

testUnless(lackingNc, "nc prints the answers to what it is piped", async () => {
  await using box = new Sandbox();
  await startDaemon(box);
  const text = await printed(
    box,
    `nc -U -N "$SOCK" << 'END'
{"jsonrpc":"2.0","id":1,"method":"subtract","params":[42,23]}
{"jsonrpc":"2.0","method":"notify_hello","params":[7]}
{"jsonrpc":"2.0","id":2,"method":"heard","params":[1]}
{"jsonrpc":"2.0","id":3,"method":"foobar"}
{"jsonrpc":"2.0","id":4,"method":"$/hello","params":{}}
{"jsonrpc":"2.0","id":5,"method":"take"}
{"jsonrpc":"1.0","id":6,"method":"get_data"}

{
[{"jsonrpc":"2.0","id":"a","method":"sum","params":[1,2]},{"jsonrpc":"2.0","method":"update"}]
[{"jsonrpc":"2.0","method":"notify_sum"}]
[]
END`,
  );
  const answers = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const byId = (id: unknown) =>
    answers.filter((answer) => answer.id === id)
      .map(({ result, error }) => result ?? error.code);
  assertEquals(byId(1), [19]);
  assertEquals(byId(2), [{ heard: [[7]] }]);
  assertEquals(byId(3), [-32601]);
  assertEquals(byId(4), [-32602]);
  assertEquals(byId(5), [-32000]);
  assertEquals(byId(6), [-32600]);
  assertEquals(byId(null), [-32700, -32600]);
  assertEquals(answers.filter(Array.isArray), [
    [{ jsonrpc: "2.0", id: "a", result: 3 }],
  ]);
  assertEquals(answers.length, 9);
});

for (
  const [document, mark] of [
    ["PROTOCOL.md", "needs no handshake"],
    ["README.md", "can be a client"],
  ]
) {
  testUnless(lackingNc, `nc calls a daemon as ${document} shows`, async () => {
    await using box = new Sandbox();
    await startDaemon(box, COUNTER);
    const answer = await printed(box, block(mark, "sh", document));
    assertEquals(answer, '{"jsonrpc":"2.0","id":1,"result":2}\n');
  });
}

testUnless(lackingNc, "nc reads a stream as PROTOCOL.md shows", async () => {
  await using box = new Sandbox();
  const rpcfile = box.write(
    "ticks.js",
    "export default () => ({ ticks: () => ReadableStream.from([1, 2]) });",
  );
  await startDaemon(box, rpcfile);
  const show = block("so that any line", "sh", "PROTOCOL.md");
  assertEquals((await printed(box, show)).trimEnd().split("\n"), [
    '{"jsonrpc":"2.0","id":1,"result":{"readable":true,"writable":false}}',
    '{"value":1}',
    '{"value":2}',
    '{"done":true}',
  ]);
});

testUnless(
  lackingPython,
  "Python calls a daemon as PROTOCOL.md shows",
  async () => {
    await using box = new Sandbox();
    await startDaemon(box, COUNTER);
    const code = block("## Other clients", "python", "PROTOCOL.md");
    const run = () => runProgram("python3", ["-c", code, box.sockfile]);
    assertEquals(await run(), { code: 0, stdout: "2\n5\n", stderr: "" });
    await box.stop();
    await startDaemon(box);
    const { stderr } = await run();
    assertEquals(
      stderr.trimEnd().split("\n").at(-1),
      'RuntimeError: The daemon has no method "add"',
    );
  },
);
