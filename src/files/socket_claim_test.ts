import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { autod, AutodError } from "../../mod.ts";
import { createServer } from "../../server.ts";
import { removeIfThere } from "./if_there.ts";
import { openLockfile } from "./lockfile.ts";
import { counterIn } from "../testing/counter.ts";
import { SocketClaim } from "./socket_claim.ts";
import { inTime } from "../testing/deadline.ts";
import { Gate } from "../testing/gate.ts";
import { ended } from "../testing/ended.ts";
import { PlainPeer } from "../testing/plain_peer.ts";
import { Patience } from "../testing/patience.ts";
import { Sandbox } from "../testing/sandbox.ts";

Deno.test("A dying daemon leaves the socket of its successor alone", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.ts",
    `export default () => ({
      wait: async () => { ${gate.code}; return Deno.pid; },
      pid: () => Deno.pid,
    });`,
  );
  const { sockfile, onProcess } = box;
  const { permissions } = gate;
  const methods = ["wait", "pid"] as const;
  const options = { rpcfile, sockfile, permissions, methods, onProcess };
  await using old = await autod(options);
  await using other = await autod(options);
  const { pid } = old.connection;
  const waiting = old.rpc.wait();
  assertEquals(await gate.arrival(), pid);

  // Its socket and its lock are removed while it does not look.
  Deno.kill(pid, "SIGSTOP");
  Deno.removeSync(sockfile);
  Deno.removeSync(`${sockfile}.lock`);
  await using successor = await autod(options);
  assertNotEquals(successor.connection.pid, pid);
  const { ino } = Deno.lstatSync(sockfile);
  Deno.kill(pid, "SIGCONT");
  // It sees that it is the daemon no more.
  await inTime(other.connection.closed, "the end of the other connection");
  gate.open();
  assertEquals(await waiting, pid);
  assertEquals((await ended(old.process)).code, 0);

  assertEquals(Deno.lstatSync(sockfile).ino, ino);
  await using next = await autod(options);
  assertEquals(await next.rpc.pid(), successor.connection.pid);
  assertEquals(box.daemons(), [successor.connection.pid]);
});

const TAKEN: Record<string, (path: string) => Disposable | void> = {
  "a file": (path) => Deno.writeTextFileSync(path, "precious"),
  "another program's socket": (path) =>
    Deno.listen({ transport: "unix", path }),
};

for (const [what, take] of Object.entries(TAKEN)) {
  Deno.test(`A daemon whose socket's place has ${what} by now leaves that alone, and takes it back later`, async () => {
    await using box = new Sandbox();
    const options = { ...counterIn(box), onProcess: box.onProcess };
    await using daemon = await autod(options);
    const { sockfile } = box;
    Deno.removeSync(sockfile);
    const taken = take(sockfile);
    const { ino } = Deno.lstatSync(sockfile);
    await logged(box, "putting the socket back", () => {
      Deno.utimeSync(`${sockfile}.lock`, 1, 1);
    });
    assertEquals(Deno.lstatSync(sockfile).ino, ino);
    taken?.[Symbol.dispose]();
    removeIfThere(sockfile);
    await using other = await autod(options);
    assertEquals(other.connection.pid, daemon.connection.pid);
  });
}

for (
  const [what, fails] of [
    ["has no watcher", () => true],
    ["ends its watcher", (watched: number) => watched > 1],
  ] as const
) {
  Deno.test(`A server puts back a socket that was removed where the system ${what}`, async () => {
    await using box = new Sandbox();
    const { sockfile } = box;
    const { watchFs } = Deno;
    using _restored = { [Symbol.dispose]: () => Deno.watchFs = watchFs };
    const watchers: Deno.FsWatcher[] = [];
    let watched = 0;
    Deno.watchFs = (...args) => {
      if (fails(++watched)) throw new Error("Too many open files");
      watchers.push(watchFs(...args));
      return watchers.at(-1)!;
    };
    const errors: string[] = [];
    await using server = createServer(() => ({}), {
      onError: (error, what) => errors.push(`${what}: ${error}`),
    });
    await server.listen(sockfile);
    for (const watcher of watchers) watcher.close();
    using places = watchFs(box.dir);
    Deno.removeSync(sockfile);
    for await (const { kind, paths } of places) {
      if (kind !== "remove" && paths.includes(sockfile)) break;
    }
    const conn = await Deno.connect({ transport: "unix", path: sockfile });
    conn.close();
    assertEquals(
      errors,
      watchers.length > 0 ? [] : [
        "watching over the socket: Error: It is looked for once a second instead: Too many open files",
      ],
    );
  });
}

Deno.test("A server that closes as it puts its lost socket back makes none, and tells of no error", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const errors: unknown[] = [];
  await using server = createServer(() => ({}), {
    onError: (error) => errors.push(error),
  });
  await server.listen(sockfile);
  const dead = box.path("dead");
  const listener = Deno.listen({ transport: "unix", path: dead });
  Deno.renameSync(dead, sockfile);
  listener.close();
  const { ino } = Deno.lstatSync(sockfile);
  const { connect } = Deno;
  using _restored = {
    [Symbol.dispose]: () => Object.assign(Deno, { connect }),
  };
  const knock = (options: Deno.UnixConnectOptions) => {
    server.close();
    return connect(options);
  };
  Object.assign(Deno, { connect: knock });
  Deno.utimeSync(`${sockfile}.lock`, 1, 1);
  await inTime(server.closed, "the end of the server");
  assertEquals([Deno.lstatSync(sockfile).ino, errors], [ino, []]);
});

Deno.test("A server whose socket cannot be looked for goes on, and tells of it once", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const { lstatSync } = Deno;
  using _restored = { [Symbol.dispose]: () => Deno.lstatSync = lstatSync };
  const errors: string[] = [];
  await using server = createServer(() => ({ add: () => 1 }), {
    onError: (error, what) => errors.push(`${what}: ${error}`),
  });
  await server.listen(sockfile);
  let looks = 0;
  const looked = Promise.withResolvers<void>();
  Deno.lstatSync = () => {
    if (++looks === 5) looked.resolve();
    throw new Error("Input/output error");
  };
  const touch = setInterval(() => Deno.utimeSync(`${sockfile}.lock`, 1, 1));
  await inTime(looked.promise, "the looks");
  clearInterval(touch);
  Deno.lstatSync = lstatSync;
  using conn = await Deno.connect({ transport: "unix", path: sockfile });
  const peer = new PlainPeer(conn);
  await peer.ask([1, "add"]);
  assertEquals((await peer.next()).result, 1);
  assertEquals(errors, ["watching over the socket: Error: Input/output error"]);
});

/** Resolves when the log has `text`, after `act` was done. */
async function logged(
  box: Sandbox,
  text: string,
  act: () => void,
): Promise<void> {
  const log = `${box.sockfile}.log`;
  using watcher = Deno.watchFs(log);
  act();
  for await (const _event of watcher) {
    if (Deno.readTextFileSync(log).includes(text)) return;
  }
}

Deno.test("autod() starts no daemon in place of a socket of another kind", async () => {
  await using box = new Sandbox();
  const python = new Deno.Command("python3", {
    args: [
      "-c",
      "import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print(flush=True); sys.stdin.read()",
      box.sockfile,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = python.stdout.getReader();
  await reader.read();
  const { ino } = Deno.lstatSync(box.sockfile);
  await assertRejects(
    () => autod({ ...counterIn(box), onProcess: box.onProcess }),
    AutodError,
    "another program listens there",
  );
  assertEquals(Deno.lstatSync(box.sockfile).ino, ino);
  await reader.cancel();
  await python.stdin.close();
  await python.status;
});

Deno.test("Server.close() ends a server that waits for its socket", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  using lock = openLockfile(`${sockfile}.lock`, sockfile).file;
  await lock.lock(true);
  const server = createServer(() => ({}));
  const listening = server.listen(sockfile);
  server.close();
  await assertRejects(() => listening, TypeError, "the server was closed");
  await server.closed;
});

Deno.test("SocketClaim.tryTake() takes no lock file that was removed before it was locked", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const { prototype } = Deno.FsFile;
  const { tryLockSync } = prototype;
  using _restored = {
    [Symbol.dispose]: () => prototype.tryLockSync = tryLockSync,
  };
  // The moment between the opening of the file and its lock.
  prototype.tryLockSync = function (exclusive) {
    prototype.tryLockSync = tryLockSync;
    Deno.removeSync(`${sockfile}.lock`);
    return this.tryLockSync(exclusive);
  };
  const claim = SocketClaim.tryTake(sockfile);
  const other = SocketClaim.tryTake(sockfile);
  claim?.release();
  other?.release();
  assertEquals([claim?.sockfile, other], [sockfile, undefined]);
});

Deno.test("autod() and Server.listen() say where files cannot be locked", async () => {
  await using box = new Sandbox();
  const { prototype } = Deno.FsFile;
  const { tryLockSync } = prototype;
  using _restored = {
    [Symbol.dispose]: () => prototype.tryLockSync = tryLockSync,
  };
  prototype.tryLockSync = () => {
    throw new Error("No locks available (os error 37)");
  };
  await using server = createServer(() => ({}));
  const tried = [
    () => autod(counterIn(box)),
    () => server.listen(box.sockfile),
  ];
  for (const use of tried) {
    const error = await assertRejects(use, AutodError);
    assertEquals(error.code, "not-permitted");
    assertEquals(
      error.message,
      `Cannot use the sockfile "${box.sockfile}": the files of its directory "${box.dir}" cannot be locked (No locks available (os error 37)), as on some network file systems; choose a directory on another, such as $XDG_RUNTIME_DIR`,
    );
  }
});

Deno.test("Server.listen() says where no socket can be made", async () => {
  await using box = new Sandbox();
  const { listen } = Deno;
  using _restored = { [Symbol.dispose]: () => Deno.listen = listen };
  const denial = "Operation not permitted (os error 1)";
  Deno.listen = () => {
    throw new Deno.errors.PermissionDenied(denial);
  };
  await using server = createServer(() => ({}));
  const error = await assertRejects(
    () => server.listen(box.sockfile),
    AutodError,
    `Cannot use the sockfile "${box.sockfile}": the system denies it (${denial}); choose a directory of your own`,
  );
  assertEquals(error.code, "not-permitted");
});

/** Counts the looks at a lock file, of which a daemon that waits for it takes one in 20 ms at most. */
class Looks implements AsyncDisposable {
  count = 0;
  readonly #watcher: Deno.FsWatcher;
  readonly #counting: Promise<void>;
  #changed = Promise.withResolvers<void>();

  constructor(path: string) {
    this.#watcher = Deno.watchFs(path);
    this.#counting = this.#follow();
  }

  async #follow(): Promise<void> {
    for await (const { kind } of this.#watcher) {
      if (kind !== "access") continue; // each one touches it as well
      this.count++;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  async more(count: number): Promise<void> {
    const enough = this.count + count;
    while (this.count < enough) {
      await inTime(this.#changed.promise, "another look at the lock");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher.close();
    await this.#counting;
  }
}

Deno.test("autod() waits for a daemon that closes, until its own time is nearly over", async () => {
  await using box = new Sandbox();
  using gate = new Gate(box.path("gate"));
  const rpcfile = box.write(
    "iface.ts",
    `export default () => ({
      work: async () => { ${gate.code}; },
    });`,
  );
  const { sockfile, onProcess } = box;
  const { permissions } = gate;
  const methods = ["work"] as const;
  const options = {
    rpcfile,
    sockfile,
    methods,
    onProcess,
    drainTimeout: 2 ** 31 - 1,
  };
  await using old = await autod({ ...options, permissions });
  const { pid } = old.connection;
  const working = old.rpc.work();
  working.catch(() => {}); // a failure before is what the test tells
  await gate.arrival();
  await box.request("$/shutdown");

  await using looks = new Looks(`${sockfile}.lock`);
  {
    using _patience = new Patience();
    const error = await assertRejects(
      () => autod({ ...options, timeout: 1000 }),
      AutodError,
      `the daemon before, ${pid}, is still closing; try again when it has answered its calls, or end it at once with: kill -9 ${pid}`,
    );
    assertEquals(error.code, "not-responding");
  }
  // Half of its time is left to tell so.
  assert(looks.count <= 26, `${looks.count} looks`);

  const starting = autod({ ...options, timeout: 2 ** 31 - 1 });
  await looks.more(100); // two seconds
  gate.open();
  await using next = await inTime(starting, "the next daemon");
  assertNotEquals(next.connection.pid, pid);
  await working;
});
