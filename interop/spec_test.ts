// The examples of the JSON-RPC 2.0 specification. Messages of errors are our
// own; codes, ids and forms are as they stand there.
import { assert, assertEquals } from "@std/assert";
import { inTime } from "../src/testing/deadline.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Script } from "../src/testing/script.ts";
import { IFACE, startDaemon } from "./clients.ts";
import { EXAMPLES } from "./spec_examples.ts";

/** A text of the specification as one line. */
function toLine(text: string): string {
  return text.replaceAll(/\n */g, "") + "\n";
}

/** Answers without what servers may choose: the messages of errors, and the order. */
function essence(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(essence).sort(byId);
  const { error, ...rest } = answer as Record<string, unknown>;
  if (error === undefined) return rest;
  const { message, ...others } = error as Record<string, unknown>;
  assert(typeof message === "string" && message !== "", "there is no message");
  return { ...rest, error: others };
}

function byId(a: unknown, b: unknown): number {
  const [one, other] = [a, b].map((answer) => `${(answer as Answer).id}`);
  return one.localeCompare(other);
}

interface Answer {
  readonly id: unknown;
}

async function connect(path: string): Promise<PlainPeer> {
  return new PlainPeer(await Deno.connect({ transport: "unix", path }));
}

/** All that a connection answers until it ends. */
async function rest(peer: PlainPeer): Promise<unknown[]> {
  await peer.closeWrite();
  const answers: unknown[] = [];
  for (;;) {
    const line = await inTime(peer.line(), "the end of the connection");
    if (line === undefined) return answers;
    answers.push(JSON.parse(line));
  }
}

for (const { name, sent, answers, heard = [] } of EXAMPLES) {
  Deno.test(`A daemon answers the specification's example: ${name}`, async () => {
    await using box = new Sandbox();
    await startDaemon(box);
    const peer = await connect(box.sockfile);
    for (const text of sent) await peer.write(toLine(text));
    assertEquals(essence(await rest(peer)), essence(answers));
    peer.close();
    const text = await box.request("heard", [heard.length]);
    assertEquals(JSON.parse(text).result, { heard });
  });
}

Deno.test("A server in the foreground answers the specification's examples on one connection", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  await using script = new Script(
    box,
    `import createIface from ${JSON.stringify(IFACE)};
    const server = listen(createIface, { sockfile: ${
      JSON.stringify(sockfile)
    } });
    await server.ready;
    console.log("ready");
    await server.closed;`,
  );
  assertEquals(await script.line(), "ready");
  const peer = await connect(sockfile);
  for (const { name, sent, answers } of EXAMPLES) {
    for (const text of sent) await peer.write(toLine(text));
    // What should not be answered would be taken for the answer to the next.
    for (const answer of answers) {
      const next = await inTime(peer.next(), `the answer to ${name}`);
      assertEquals(essence(next), essence(answer), name);
    }
  }
  assertEquals(await rest(peer), []);
  peer.close();
  await box.stop();
  assertEquals((await script.ended()).code, 0);
});
