// Which calls are made again at a daemon's successor, and which never.
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { autod, AutodError, ConnectionClosedError, RpcError } from "../mod.ts";
import { inTime } from "../src/testing/deadline.ts";
import { FakeDaemon } from "../src/testing/fake_daemon.ts";
import { PlainPeer } from "../src/testing/plain_peer.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

/** A daemon that writes down which of its methods was begun by whom. */
async function start(box: Sandbox) {
  const journal = box.path("journal");
  const rpcfile = box.write(
    "iface.js",
    `const begin = (name) =>
      Deno.writeTextFileSync(${JSON.stringify(journal)},
        \`\${name} \${Deno.pid}\\n\`, { append: true });
    export default () => ({
      die: () => { begin("die"); Deno.exit(1); },
      fail: () => { begin("fail"); throw new Error("No luck"); },
      pid: () => { begin("pid"); return Deno.pid; },
    });`,
  );
  const daemon = await autod({
    rpcfile,
    sockfile: box.sockfile,
    onProcess: box.onProcess,
    permissions: { write: [journal] },
    methods: ["die", "fail", "pid"],
  });
  return { daemon, begun: () => Deno.readTextFileSync(journal) };
}

Deno.test("Daemon.rpc makes no call again that its daemon has begun", async () => {
  await using box = new Sandbox();
  const { daemon, begun } = await start(box);
  await using _daemon = daemon;
  const { pid } = daemon.connection;
  const error = await assertRejects(
    () => daemon.rpc.die(),
    ConnectionClosedError,
  );
  assertEquals([error.method, error.maybeExecuted], ["die", true]);
  const next = await daemon.rpc.pid();
  assertNotEquals(next, pid);
  assertEquals(begun(), `die ${pid}\npid ${next}\n`);
});

Deno.test("Daemon.rpc makes no call again that threw", async () => {
  await using box = new Sandbox();
  const { daemon, begun } = await start(box);
  await using _daemon = daemon;
  await assertRejects(() => daemon.rpc.fail(), RpcError, "No luck");
  assertEquals(begun(), `fail ${daemon.connection.pid}\n`);
});

Deno.test("autod() takes a daemon for gone whose last word comes with its answer", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  await using _closing = new FakeDaemon(sockfile, async (conn) => {
    const peer = new PlainPeer(conn);
    const { id } = await peer.next();
    await peer.send(
      { jsonrpc: "2.0", id, result: INFO },
      { jsonrpc: "2.0", method: "$/closing", params: {} },
      { jsonrpc: "2.0", method: "$/closed", params: { last: id } },
    );
    peer.close();
  });
  const methods = ["add"] as const;
  const rpcfile = "/nowhere/iface.ts";
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, methods, spawn: false }),
    AutodError,
    "the old one was closing",
  );
  assertEquals(error.code, "not-running");
});

/** What a daemon says of itself that has one method. */
const INFO = {
  pid: 1,
  instance: crypto.randomUUID(),
  session: "1",
  startedAt: new Date().toISOString(),
  methods: ["add"],
};

/** Something that refuses each call of `add` as a daemon does that is closing. */
class Refuser extends FakeDaemon {
  /** How many it has refused. */
  calls = 0;

  constructor(path: string) {
    super(path, async (conn) => {
      const peer = new PlainPeer(conn);
      for (;;) {
        const { id, method } = await peer.next();
        const isCall = method === "add";
        if (isCall) this.calls++;
        const error = { code: -32802, message: "Closing" };
        const answer = isCall ? { error } : { result: INFO };
        await peer.send({ jsonrpc: "2.0", id, ...answer });
      }
    });
  }
}

Deno.test("Daemon.rpc makes a call six times at most that one daemon after the other refuses", async () => {
  await using box = new Sandbox();
  await using other = new Refuser(box.sockfile);
  const { sockfile, onProcess } = box;
  const rpcfile = "/nowhere/iface.ts";
  const methods = ["add"] as const;
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  const error = await assertRejects(() => daemon.rpc.add(), RpcError);
  assertEquals([error.code, error.message], [-32802, "Closing"]);
  assertEquals([other.calls, other.connections], [6, 6]);
});

Deno.test("Daemon.rpc opens a stream six times at most that one daemon after the other refuses", async () => {
  await using box = new Sandbox();
  await using other = new Refuser(box.sockfile);
  const { sockfile, onProcess } = box;
  const rpcfile = "/nowhere/iface.ts";
  const methods = ["add:s"] as const;
  await using daemon = await autod({ rpcfile, sockfile, onProcess, methods });
  const chunks = Array.fromAsync(daemon.rpc.add());
  const error = await assertRejects(
    () => inTime(chunks, "the end of the stream"),
    RpcError,
  );
  assertEquals([error.code, error.message], [-32802, "Closing"]);
  // Each time in a session anew.
  assertEquals([other.calls, other.connections], [6, 12]);
});
