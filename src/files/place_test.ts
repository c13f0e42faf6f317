import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { dirname, join } from "@std/path";
import { listen } from "../../listen.ts";
import { autod, AutodError } from "../../mod.ts";
import { createServer } from "../../server.ts";
import { counterIn } from "../testing/counter.ts";
import { FakeDaemon } from "../testing/fake_daemon.ts";
import {
  leastToConnect,
  leastToServe,
  leastToStart,
} from "../testing/flags.ts";
import { namesIn } from "../testing/names_in.ts";
import { Sandbox } from "../testing/sandbox.ts";
import { join as connect, serve } from "../testing/serve.ts";
import {
  canDropPowers,
  failureWithoutPowers,
  giveAway,
  isRoot,
  OTHER,
  runWithoutPowers,
} from "../testing/users.ts";

/** What goes to a socket, each by its own way. */
const WAYS: Record<string, (box: Sandbox, path: string) => Promise<void>> = {
  "autod()": async (box, sockfile) => {
    const { onProcess } = box;
    await using _daemon = await autod({
      ...counterIn(box),
      sockfile,
      onProcess,
    });
  },
  "listen()": async (_box, sockfile) => {
    await using server = listen(() => ({}), { sockfile });
    await server.ready;
  },
  "Server.listen()": async (_box, sockfile) => {
    await using server = createServer(() => ({}));
    await server.listen(sockfile);
  },
};

async function refusal(
  way: string,
  box: Sandbox,
  sockfile = box.sockfile,
): Promise<Error> {
  const error = await assertRejects(() => WAYS[way](box, sockfile), Error);
  assertStringIncludes(error.message, sockfile.slice(0, 50));
  return error;
}

/** What no socket can be, what it is refused for, and what is said to be done. */
const NO_SOCKETS: Record<string, [(box: Sandbox) => string, ...string[]]> = {
  "a path that is too long": [
    (box) => box.path("x".repeat(200)),
    "103 at most",
    "choose a shorter directory",
  ],
  "a path with a slash at its end": [
    (box) => `${box.dir}/`,
    "ends with a slash",
    "name a file in it",
  ],
  "a directory": [
    (box) => dirname(box.write("here/file", "")),
    "a directory is in its place",
    "choose another path",
  ],
  "a file": [
    (box) => box.write("file", "text"),
    "a file is in its place",
    "remove it",
  ],
  "a pipe": [
    (box) => {
      const path = box.path("pipe");
      new Deno.Command("mkfifo", { args: [path] }).outputSync();
      return path;
    },
    "a device or pipe is in its place",
    "remove it",
  ],
  "a link to nothing": [
    (box) => {
      Deno.symlinkSync(box.path("nothing"), box.path("link"));
      return box.path("link");
    },
    "a symbolic link is in its place",
    "remove it",
  ],
  "a path in a missing directory": [
    (box) => box.path("no/d.sock"),
    "does not exist",
    "mkdir -p -m 700",
  ],
  "a path below a file": [
    (box) => join(box.write("file", "text"), "d.sock"),
    "is no directory",
    "choose another path",
  ],
};

for (const way of Object.keys(WAYS)) {
  for (const [what, [pathIn, ...words]] of Object.entries(NO_SOCKETS)) {
    Deno.test(`${way} refuses ${what}, and says what to do`, async () => {
      await using box = new Sandbox();
      counterIn(box);
      const path = pathIn(box);
      const before = namesIn(box.dir);
      const error = await refusal(way, box, path);
      for (const word of words) assertStringIncludes(error.message, word);
      assertEquals(namesIn(box.dir), before);
    });
  }

  Deno.test(`${way} refuses a link to a socket`, async () => {
    await using box = new Sandbox();
    await using _server = await serve(box, () => ({}));
    const link = box.path("link.sock");
    Deno.symlinkSync(box.sockfile, link);
    const error = await refusal(way, box, link);
    assertStringIncludes(error.message, "a symbolic link is in its place");
  });

  for (const mode of [0o720, 0o702]) {
    Deno.test(`${way} refuses a directory of the mode 0${mode.toString(8)}, and says what to do`, async () => {
      await using box = new Sandbox();
      Deno.chmodSync(box.dir, mode);
      const error = await refusal(way, box);
      assertInstanceOf(error, AutodError);
      assertEquals(error.code, "unsafe-place");
      assertStringIncludes(error.message, `chmod go-w ${box.dir}`);
      assertEquals(box.daemons(), []);
    });
  }

  Deno.test({
    name: `${way} refuses a directory of another user`,
    ignore: !isRoot,
    async fn() {
      await using box = new Sandbox();
      giveAway(box.dir);
      const error = await refusal(way, box);
      assertInstanceOf(error, AutodError);
      assertEquals(error.code, "unsafe-place");
      assertStringIncludes(
        error.message,
        `directory "${box.dir}" belongs to another user (${OTHER})`,
      );
      assertEquals(box.daemons(), []);
    },
  });

  Deno.test({
    name: `${way} refuses a dead socket of another user, and leaves it`,
    ignore: !isRoot,
    async fn() {
      await using box = new Sandbox();
      const { ino } = deadSocketOfAnother(box.sockfile);
      const error = await refusal(way, box);
      assertInstanceOf(error, AutodError);
      assertEquals(error.code, "unsafe-place");
      assertStringIncludes(error.message, "belongs to another user");
      assertEquals(Deno.lstatSync(box.sockfile).ino, ino);
      assertEquals(box.daemons(), []);
    },
  });
}

function deadSocketOfAnother(path: string): Deno.FileInfo {
  const made = `${path}.made`;
  const listener = Deno.listen({ transport: "unix", path: made });
  Deno.renameSync(made, path);
  listener.close();
  giveAway(path);
  return Deno.lstatSync(path);
}

Deno.test("autod() takes a directory that is everybody's and sticky, as /tmp is", async () => {
  await using box = new Sandbox();
  Deno.chmodSync(box.dir, 0o1777);
  const options = { ...counterIn(box), onProcess: box.onProcess };
  await using daemon = await autod(options);
  assertEquals(await daemon.rpc.add(1), 1);
});

Deno.test({
  name: "autod() says nothing to a socket of another user",
  ignore: !isRoot,
  async fn() {
    await using box = new Sandbox();
    let heard = 0;
    await using _other = new FakeDaemon(box.sockfile, async (conn) => {
      for await (const chunk of conn.readable) heard += chunk.length;
    });
    giveAway(box.sockfile);
    const error = await assertRejects(() => connect(box), AutodError);
    assertEquals([error.code, heard], ["unsafe-place", 0]);
    assertStringIncludes(error.message, `another user (${OTHER})`);
    assertStringIncludes(error.message, "choose a directory of your own");
  },
});

Deno.test({
  name: "Daemon.rpc opens no stream at a socket of another user",
  ignore: !isRoot,
  async fn() {
    await using box = new Sandbox();
    await using _server = await serve(box, () => ({
      ticks: () => ReadableStream.from([1]),
    }));
    await using daemon = await connect(box, "ticks:s");
    giveAway(box.sockfile);
    const { ticks } = daemon.rpc as unknown as {
      ticks(): AsyncIterable<unknown>;
    };
    const error = await assertRejects(
      () => Array.fromAsync(ticks()),
      AutodError,
    );
    assertEquals(error.code, "unsafe-place");
  },
});

Deno.test({
  name: "autod() knows a socket of another user with the least permissions",
  ignore: !canDropPowers,
  async fn() {
    await using box = new Sandbox();
    await using _server = await serve(box, () => ({ add: () => 1 }));
    giveAway(box.sockfile);
    Deno.chmodSync(box.sockfile, 0o666);
    const { code, message } = await failureWithoutPowers(
      { options: counterIn(box) },
      leastToConnect(box.sockfile),
    );
    assertEquals(code, "unsafe-place");
    assertStringIncludes(message, `another user (${OTHER})`);
  },
});

Deno.test({
  name:
    "autod() reports a daemon that does not answer also where it may not look at its lock",
  ignore: !canDropPowers,
  async fn() {
    await using box = new Sandbox();
    const { sockfile } = box;
    const done = Promise.withResolvers<void>();
    await using _mute = new FakeDaemon(sockfile, () => done.promise);
    Deno.writeTextFileSync(`${sockfile}.lock`, "");
    Deno.chmodSync(`${sockfile}.lock`, 0);
    const { code } = await failureWithoutPowers(
      { options: { ...counterIn(box), timeout: 300 } },
      ["--allow-all"],
    );
    done.resolve();
    assertEquals(code, "not-responding");
  },
});

function socketIn(directory: string, close: (path: string) => void): string {
  Deno.mkdirSync(directory, { mode: 0o700 });
  close(directory);
  return `${directory}/d.sock`;
}

const CLOSED: Record<string, (directory: string) => void> = {
  "searched": giveAway,
  "written": (directory) => Deno.chmodSync(directory, 0o500),
};

for (const [what, close] of Object.entries(CLOSED)) {
  Deno.test({
    name: `autod() reports a directory that cannot be ${what}`,
    ignore: !canDropPowers,
    async fn() {
      await using box = new Sandbox();
      const sockfile = socketIn(box.path("closed"), close);
      const { code, message } = await failureWithoutPowers(
        { options: { ...counterIn(box), sockfile } },
        leastToStart(sockfile),
      );
      assertEquals(code, "not-permitted");
      assertStringIncludes(message, sockfile);
      assertStringIncludes(message, "Permission denied");
    },
  });

  Deno.test({
    name: `listen() reports a directory that cannot be ${what}`,
    ignore: !canDropPowers,
    async fn() {
      await using box = new Sandbox();
      const sockfile = socketIn(box.path("closed"), close);
      const script = box.write(
        "listen.js",
        `import { listen } from "${import.meta.resolve("../../listen.ts")}";
        await listen(() => ({}), { sockfile: Deno.args[0] }).ready;`,
      );
      const { stderr } = await runWithoutPowers(
        ["run", "--no-prompt", ...leastToServe(sockfile), script, sockfile],
      );
      assertStringIncludes(stderr, `Cannot use the sockfile "${sockfile}"`);
      assertStringIncludes(stderr, "Permission denied");
      assertStringIncludes(stderr, "choose a directory of your own");
    },
  });
}
