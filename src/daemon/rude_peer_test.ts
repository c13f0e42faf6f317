import { assert, assertEquals } from "@std/assert";
import { autod, type Daemon } from "../../mod.ts";
import { Bystander } from "../testing/bystander.ts";
import { inTime } from "../testing/deadline.ts";
import { ended } from "../testing/ended.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { settled } from "../testing/stream_daemon.ts";

const IFACE = `export default () => ({
  pid: () => Deno.pid,
  text: (length) => "x".repeat(length),
  later: async (length) => "x".repeat(await length),
  never: () => new Promise(() => {}),
});`;

const METHODS = ["pid", "text", "later", "never"] as const;
const MIB = 1024 * 1024;

type Methods = Record<
  (typeof METHODS)[number],
  (...args: unknown[]) => Promise<unknown>
>;

/** Starts a daemon that cuts off what it waits for as soon as it closes. */
async function start(box: Sandbox): Promise<Daemon<Methods>> {
  const rpcfile = box.write("iface.js", IFACE);
  const { sockfile, onProcess } = box;
  return await autod({
    rpcfile,
    sockfile,
    onProcess,
    methods: METHODS,
    drainTimeout: 50,
  }) as Daemon<Methods>;
}

async function connect(box: Sandbox): Promise<Deno.UnixConn> {
  return await Deno.connect({ transport: "unix", path: box.sockfile });
}

/** What a peer does, which gets the other client to see how far the daemon is. */
type Deed = (
  peer: PlainPeer,
  other: Bystander,
) => Promise<unknown> | void;

const request = (method: string, ...params: unknown[]) =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) + "\n";

/** Asks for so much that the daemon takes no more. */
async function flood(peer: PlainPeer, other: Bystander, text: string) {
  let sent = 0;
  const lines = text.repeat(Math.ceil(65536 / text.length));
  const sending = async () => {
    for (;;) {
      await peer.write(lines);
      sent++;
    }
  };
  sending().catch(() => {}); // the end of the daemon is its end
  await settled(() => sent, () => other.served());
  return sent * lines.length;
}

const DEEDS: Record<string, Deed> = {
  "says nothing": () => {},
  "sends half a line": (peer) => peer.write('{"jsonrpc":"2.0","id":1,"meth'),
  "sends half a character": (peer) => peer.write(new Uint8Array([0x22, 0xc3])),
  "ends its side in a line": async (peer) => {
    await peer.write(request("pid") + '{"jsonrpc":"2.0","id":2,');
    await peer.closeWrite();
    assertEquals((await peer.next()).id, 1);
    await peer.assertEnd();
  },
  "sends a byte at a time": async (peer) => {
    for (const character of request("text", 3)) await peer.write(character);
    assertEquals((await peer.next()).result, "xxx");
  },
  "sends the end of a long line a byte at a time": async (peer) => {
    await peer.write(`"${"x".repeat(9 * MIB)}`);
    for (let i = 0; i < 1000; i++) await peer.write("x");
    await peer.write('"\n' + request("text", 3));
    assertEquals(await peer.nextError(), [null, -32600]);
    assertEquals((await peer.next()).result, "xxx");
  },
  "does not read its answers": (peer) =>
    peer.write(request("text", MIB).repeat(200)),
  "does not read, and asks for what is answered at once": (peer, other) =>
    flood(peer, other, request("text", 100)),
  "does not read, and asks for long answers": (peer, other) =>
    flood(peer, other, request("text", MIB)),
  "does not read, and asks for long answers later": (peer, other) =>
    flood(peer, other, request("later", MIB)),
  "does not read, and asks in batches": (peer, other) =>
    flood(peer, other, `[${Array(500).fill(request("later", 1000).trim())}]\n`),
  "asks for what never comes, without end": async (peer, other) => {
    const reading = async () => {
      while (await peer.line() !== undefined);
    };
    const read = reading().catch(() => {});
    for (let i = 0; i < 300; i++) {
      await peer.write(request("never").repeat(500));
    }
    await other.served();
    peer.close();
    await read;
  },
  "leaves with its answers unread": async (peer, other) => {
    await peer.write(request("text", MIB).repeat(20));
    await other.served();
    peer.close();
  },
  "leaves in the middle of a line": async (peer) => {
    await peer.write(request("never") + '{"jsonrpc":');
    peer.close();
  },
};

for (const [name, deed] of Object.entries(DEEDS)) {
  Deno.test(`A daemon serves others, and ends in time, beside a peer that ${name}`, async () => {
    await using box = new Sandbox();
    await using daemon = await start(box);
    const conn = await connect(box);
    const peer = new PlainPeer(conn);
    {
      await using other = new Bystander(() => daemon.rpc.pid());
      await inTime(Promise.resolve(deed(peer, other)), "the deed");
      await other.served();
    }
    assertEquals(await daemon.rpc.pid(), daemon.connection.pid);
    await box.request("$/shutdown");
    const { code } = await ended(daemon.process);
    assertEquals(code, 0);
    try {
      conn.close();
    } catch {
      // It has left.
    }
  });
}

/** The most memory that a process ever had, in bytes. */
function peakMemory(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

const HUNGRY: Record<string, string> = {
  "short answers": request("text", 100),
  "long answers": request("text", MIB),
  "long answers later": request("later", MIB),
  "long answers in batches": `[${
    Array(5).fill(request("later", MIB).trim())
  }]\n`,
};

for (const [name, line] of Object.entries(HUNGRY)) {
  Deno.test(`A daemon's memory has an end for peers that ask for ${name} and read none`, async () => {
    await using box = new Sandbox();
    await using daemon = await start(box);
    const { pid } = daemon.connection;
    const conns = [await connect(box), await connect(box)];
    {
      await using other = new Bystander(() => daemon.rpc.pid());
      for (const conn of conns) {
        const sent = await inTime(
          flood(new PlainPeer(conn), other, line),
          "the end of what the daemon takes",
        );
        assert(sent < 20 * MIB, `${sent} bytes were taken`);
      }
    }
    const peak = peakMemory(pid);
    assert(peak < 1024 * MIB, `${peak / MIB} MiB`);
    for (const conn of conns) conn.close();
  });
}
