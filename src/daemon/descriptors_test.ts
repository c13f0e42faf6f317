import { assert, assertEquals } from "@std/assert";
import { autod, type Daemon } from "../../mod.ts";
import { Bystander } from "../testing/bystander.ts";
import { inTime } from "../testing/deadline.ts";
import { descriptors } from "../testing/descriptors.ts";
import { ended } from "../testing/ended.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { Script } from "../testing/script.ts";
import { settled } from "../testing/stream_daemon.ts";

type Methods = { pid: () => Promise<number> };

/** Starts a daemon, which has no more than `limit` descriptors if one is given. */
async function start(box: Sandbox, limit?: number): Promise<Daemon<Methods>> {
  const rpcfile = box.write(
    "iface.js",
    "export default () => ({ pid: () => Deno.pid });",
  );
  const execPath = box.write(
    "deno.sh",
    `#!/bin/sh
    ulimit -n ${limit}
    exec "${Deno.execPath()}" "$@"`,
  );
  Deno.chmodSync(execPath, 0o700);
  const { sockfile, onProcess } = box;
  const methods = ["pid"];
  return await autod({
    rpcfile,
    sockfile,
    onProcess,
    methods,
    execPath: limit === undefined ? undefined : execPath,
  }) as unknown as Daemon<Methods>;
}

/** Resolves when the daemon has no more descriptors than `most`. */
async function freed(
  daemon: Daemon<Methods>,
  other: Bystander,
  most: number,
): Promise<void> {
  const { pid } = daemon.connection;
  const wait = async () => {
    while (descriptors(pid).length > most) await other.served();
  };
  await inTime(wait(), "the release of descriptors");
}

Deno.test("A daemon serves two thousand connections at once, and frees them", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box);
  const { pid } = daemon.connection;
  await using other = new Bystander(() => daemon.rpc.pid());
  await other.served();
  const before = descriptors(pid).length;
  // Those of a process of their own: tests are threads, and share a limit.
  await using script = new Script(
    box,
    `const path = ${JSON.stringify(box.sockfile)};
    const line = '{"jsonrpc":"2.0","id":1,"method":"pid"}\\n';
    const bytes = new TextEncoder().encode(line);
    const conns = [];
    async function call() {
      for (;;) {
        try {
          const conn = await Deno.connect({ transport: "unix", path });
          conns.push(conn);
          await conn.write(bytes);
          const buffer = new Uint8Array(100);
          const count = await conn.read(buffer);
          return JSON.parse(new TextDecoder().decode(buffer.subarray(0, count)));
        } catch (error) {
          // The backlog is full.
          if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        }
      }
    }
    const answers = await Promise.all(Array.from({ length: 2000 }, call));
    console.log(answers.filter(({ result }) => result === ${pid}).length);
    await new Promise((resolve) => setTimeout(resolve, 1e6));`,
  );
  assertEquals(await inTime(script.line(), "the answers"), "2000");
  assert(descriptors(pid).length >= before + 2000);
  await other.served();
  script.kill("SIGKILL");
  await freed(daemon, other, before);
});

/** Asks by each of so many connections; `answered` counts those that were. */
class Callers implements Disposable {
  answered = 0;
  readonly #conns: Deno.UnixConn[];

  private constructor(conns: Deno.UnixConn[]) {
    this.#conns = conns;
  }

  static async call(path: string, count: number): Promise<Callers> {
    const conns: Deno.UnixConn[] = [];
    const callers = new Callers(conns);
    for (let i = 0; i < count; i++) {
      const conn = await Deno.connect({ transport: "unix", path });
      conns.push(conn);
      const peer = new PlainPeer(conn);
      await peer.ask([1, "pid"]);
      peer.next().then(() => callers.answered++, () => {});
    }
    return callers;
  }

  /** The first ones leave. */
  leave(count: number): void {
    for (const conn of this.#conns.splice(0, count)) conn.close();
  }

  [Symbol.dispose](): void {
    this.leave(Infinity);
  }
}

Deno.test("A daemon that is out of descriptors serves whom it has, and the others when some leave", async () => {
  await using box = new Sandbox();
  await using daemon = await start(box, 64);
  const { pid } = daemon.connection;
  await using other = new Bystander(() => daemon.rpc.pid());
  await other.served();
  const before = descriptors(pid).length;
  const count = 100;
  using callers = await Callers.call(box.sockfile, count);
  await logged(box, other, "Too many open files");
  const answered = await settled(
    () => callers.answered,
    () => other.served(),
  );
  assert(answered > 10 && answered < 64, `${answered} were answered`);
  for (const left of [30, 60]) {
    callers.leave(30);
    const wait = async () => {
      while (callers.answered < Math.min(count, answered + left)) {
        await other.served();
      }
    };
    await inTime(wait(), "the answers to the next");
  }
  callers.leave(count);
  await freed(daemon, other, before);
  // One line for all of it, however often it was tried.
  const log = Deno.readTextFileSync(`${box.sockfile}.log`);
  assertEquals(log.match(/accepting a connection/g)?.length, 1);
  assertEquals(await daemon.rpc.pid(), pid);
});

Deno.test("A daemon that is out of descriptors closes gracefully", async () => {
  await using box = new Sandbox();
  const daemon = await start(box, 64);
  {
    await using other = new Bystander(() => daemon.rpc.pid());
    using _callers = await Callers.call(box.sockfile, 100);
    await logged(box, other, "Too many open files");
    await other.served();
  }
  await daemon[Symbol.asyncDispose]();
  using _callers = await Callers.call(box.sockfile, 100);
  daemon.process?.kill("SIGTERM");
  const { code, signal } = await ended(daemon.process);
  assertEquals([code, signal], [0, null]);
});

/** Resolves when the daemon's log has such a text. */
async function logged(
  box: Sandbox,
  other: Bystander,
  text: string,
): Promise<void> {
  const wait = async () => {
    while (!Deno.readTextFileSync(`${box.sockfile}.log`).includes(text)) {
      await other.served();
    }
  };
  await inTime(wait(), `"${text}" in the log`);
}
