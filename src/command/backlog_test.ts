import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { autod, AutodError } from "../../mod.ts";
import { inTime } from "../testing/deadline.ts";
import { Clock } from "../testing/clock.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { Script } from "../testing/script.ts";
import { startStreams, streamsIn } from "../testing/stream_daemon.ts";

/** Stops a daemon, and lets so many wait for it that no more are let in. */
class Backlog implements Disposable {
  readonly #pid: number;
  readonly #path: string;
  readonly #conns: Deno.Conn[] = [];

  private constructor(path: string, pid: number) {
    this.#path = path;
    this.#pid = pid;
    Deno.kill(pid, "SIGSTOP");
  }

  static async fill(path: string, pid: number): Promise<Backlog> {
    const backlog = new Backlog(path, pid);
    await backlog.isFull();
    return backlog;
  }

  /** Resolves when it is, and so it was for whoever tried before. */
  async isFull(): Promise<void> {
    const options = { transport: "unix", path: this.#path } as const;
    try {
      for (;;) this.#conns.push(await Deno.connect(options));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    }
  }

  [Symbol.dispose](): void {
    Deno.kill(this.#pid, "SIGCONT");
    for (const conn of this.#conns) conn.close();
  }
}

Deno.test("RpcStream waits for its turn where the backlog is full, and the session goes on", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["three:s", "count"],
    "three: () => ReadableStream.from([1, 2, 3]), count: (() => { let n = 0; return () => ++n; })()",
  );
  const { connection, rpc } = daemon;
  assertEquals(await rpc.count(), 1);
  let chunks: Promise<unknown[]>;
  {
    using backlog = await Backlog.fill(box.sockfile, connection.pid);
    chunks = Array.fromAsync(rpc.three());
    await backlog.isFull();
  }
  assertEquals(await inTime(chunks, "the chunks"), [1, 2, 3]);
  assertEquals(await rpc.count(), 2);
});

Deno.test("RpcStream waits for its turn no longer than its connection is open, and the command ends", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(
    box,
    ["three:s"],
    "three: () => ReadableStream.from([1, 2, 3])",
  );
  await using script = new Script(
    box,
    `const { rpc, connection } = await autod(
      ${JSON.stringify(streamsIn(box, ["three:s"]))}
    );
    const full = new Promise((go) => Deno.addSignalListener("SIGUSR1", go));
    console.log("connected");
    await full;
    Array.fromAsync(rpc.three()).catch(({ name }) => console.log(name));
    connection.close();`,
  );
  assertEquals(await script.line(), "connected");
  using _backlog = await Backlog.fill(box.sockfile, daemon.connection.pid);
  script.kill("SIGUSR1");
  assertEquals(await script.line(), "ConnectionClosedError");
  assertEquals((await script.ended()).code, 0);
});

Deno.test("autod() waits for its turn where the backlog is full, and starts nothing", async () => {
  await using box = new Sandbox();
  await using first = await startStreams(box, [], "");
  const rpcfile = box.path("iface.js");
  const options = { rpcfile, sockfile: box.sockfile, methods: ["told"] };
  let second: ReturnType<typeof autod>;
  {
    using backlog = await Backlog.fill(box.sockfile, first.connection.pid);
    second = autod({ ...options, spawn: false });
    await backlog.isFull();
  }
  await using daemon = await inTime(second, "the connection");
  assertEquals(daemon.connection.pid, first.connection.pid);
});

Deno.test("autod() says that a daemon does not answer whose backlog stays full", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, [], "");
  const { pid } = daemon.connection;
  const rpcfile = box.path("iface.js");
  const options = { rpcfile, sockfile: box.sockfile, methods: ["told"] };
  using _backlog = await Backlog.fill(box.sockfile, pid);
  const error = await assertRejects(
    () => autod({ ...options, timeout: 100, onProcess: box.onProcess }),
    AutodError,
  );
  assertEquals(error.code, "not-responding");
  assertStringIncludes(error.message, "so many wait for it");
  assertStringIncludes(error.message, `kill -9 ${pid}`);
  assertEquals(box.daemons(), [pid]);
});

Deno.test("autod() waits no longer for a daemon whose backlog is full when signal aborts", async () => {
  await using box = new Sandbox();
  await using daemon = await startStreams(box, [], "");
  const rpcfile = box.path("iface.js");
  const { sockfile, onProcess } = box;
  const controller = new AbortController();
  const { signal } = controller;
  const options = { rpcfile, sockfile, methods: [], onProcess, signal };
  using backlog = await Backlog.fill(sockfile, daemon.connection.pid);
  using _clock = new Clock(); // its own time is never over
  const rejected = assertRejects(() => autod(options), Error, "Enough");
  await backlog.isFull();
  const reason = new Error("Enough");
  controller.abort(reason);
  assertEquals(await inTime(rejected, "the rejection"), reason);
});
