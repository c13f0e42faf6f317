// Runs examples/notes as its README shows it, while daemons are killed.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { autod } from "../mod.ts";
import { inTime } from "../src/testing/deadline.ts";
import { block, RunningScript, sh, transcript } from "../src/testing/readme.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Notes } from "./notes/notes.ts";

const README = "examples/notes/README.md";
const SETUP = block("<!-- notes -->", "sh", README);
const IFACE = import.meta.resolve("./notes/iface.ts");

/** Commands with the README's permissions, whose notes are in the sandbox. */
function script(box: Sandbox, commands: string): string {
  return `export XDG_DATA_HOME=${box.dir}\n${SETUP}\n${commands}`;
}

function run(box: Sandbox, commands: string) {
  return inTime(sh(box, script(box, commands)), `the end of ${commands}`);
}

/** What a command printed, in the lines of the notes' texts. */
async function textsIn(box: Sandbox): Promise<string[]> {
  const { stdout, stderr } = await run(box, "notes list --json");
  assertEquals(stderr, "");
  return stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line).text);
}

function withoutIds(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UUID")
    .replaceAll(/^[0-9a-f]{8}\b/gm, "ID")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "TIME");
}

/** The daemon of the sandbox, as another of its commands would start it. */
function connect(box: Sandbox, rpcfile = IFACE) {
  const directory = box.path("notes");
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return autod<typeof import("./notes/iface.ts")>({
    rpcfile,
    version: IFACE, // whatever the rpcfile is, it is none to be replaced
    sockfile: socketIn(box),
    methods: ["add", "remove", "watch:s"],
    args: [`${directory}/notes.db`],
    permissions: "all",
    onProcess: box.onProcess,
  });
}

function socketIn(box: Sandbox): string {
  return box.path("notes/notes.sock");
}

/** An rpcfile whose daemon is killed when `method` has done what it does. */
function dyingIn(box: Sandbox, method: string): string {
  return box.write(
    "dying.js",
    `import createIface from ${JSON.stringify(IFACE)};
    export default (...args) => {
      const notes = createIface(...args);
      const original = notes.${method}.bind(notes);
      notes.${method} = (...args) => {
        original(...args);
        Deno.kill(Deno.pid, "SIGKILL");
      };
      return notes;
    };`,
  );
}

Deno.test("examples/notes prints what its README shows", async () => {
  await using box = new Sandbox();
  const steps = transcript("<!-- notes -->", README);
  assertEquals(steps.length, 6);
  const commands = steps.map(({ command }) => command).join("\n");
  const { code, stdout, stderr } = await run(box, commands);
  const shown = steps.map(({ output }) => output).join("");
  assertEquals(withoutIds(stdout), withoutIds(shown));
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("examples/notes keeps each note once that a command was told of, while daemons are killed", async () => {
  await using box = new Sandbox();
  const [loops, each] = [4, 8];
  const all = loops * each;
  await using commands = new RunningScript(
    box,
    script(
      box,
      `for loop in $(seq ${loops}); do
        for i in $(seq ${each}); do
          notes add $loop, $i > /dev/null && echo $loop, $i
        done &
      done
      wait`,
    ),
  );
  for (let count = 3; count < all; count += 6) {
    await commands.lines(count);
    for (const pid of box.daemons()) Deno.kill(pid, "SIGKILL");
  }
  const lines = await commands.lines(all);
  assertEquals((await textsIn(box)).toSorted(), lines.toSorted());
});

for (const method of ["add", "remove"]) {
  Deno.test(`examples/notes calls ${method} again when its answer was lost, and does it once`, async () => {
    await using box = new Sandbox();
    await run(box, "notes add first");
    await box.stop(socketIn(box));
    await using dying = await connect(box, dyingIn(box, method));
    const [command, texts] = method === "add"
      ? ["add second", ["first", "second"]]
      : ["remove $(notes list | cut -c-8)", []];
    const { code, stderr } = await run(box, `notes ${command}`);
    assertEquals([code, stderr], [0, ""]);
    await inTime(dying.connection.closed, "the death of the daemon");
    assertEquals(await textsIn(box), texts);
  });
}

Deno.test("examples/notes does not bring back a removed note when its addition is repeated", async () => {
  await using box = new Sandbox();
  await using daemon = await connect(box);
  const { rpc } = daemon;
  const id = crypto.randomUUID();
  await rpc.add(id, "once");
  assertEquals(await textsIn(box), ["once"]);
  await rpc.remove(id);
  await rpc.add(id, "once");
  assertEquals(await textsIn(box), []);
});

Deno.test("examples/notes watch prints the notes, and what other commands do to them", async () => {
  await using box = new Sandbox();
  await run(box, "notes add first");
  await using plain = new RunningScript(box, script(box, "notes watch"));
  await using json = new RunningScript(box, script(box, "notes watch --json"));
  await plain.lines(1);
  await json.lines(1);
  await run(box, "notes remove $(notes add second)");
  assertEquals((await plain.lines(3)).map(withoutIds), [
    "ID  first",
    "ID  second",
    "ID  was removed",
  ]);
  const changes = (await json.lines(3)).map((line) => JSON.parse(line));
  assertEquals(Object.keys(changes[2]), ["removed"]);
  assertEquals(changes[1].added.id, changes[2].removed);
});

Deno.test("examples/notes closes the database with the daemon, so that its file is whole", async () => {
  await using box = new Sandbox();
  await run(box, "notes add first");
  const files = () =>
    Array.from(Deno.readDirSync(box.path("notes")), ({ name }) => name)
      .filter((name) => name.startsWith("notes.db")).toSorted();
  assertEquals(files(), ["notes.db", "notes.db-shm", "notes.db-wal"]);
  await box.stop(socketIn(box));
  await box.onlyDaemon(); // its process ends after it has let go of the socket
  assertEquals(files(), ["notes.db"]);
  assertEquals(await textsIn(box), ["first"]);
});

Deno.test("Notes.watch() lets go of a watcher that reads nothing", async () => {
  const notes = new Notes(":memory:");
  const stuck = notes.watch().getReader();
  const reading = notes.watch().getReader();
  for (let i = 0; i <= 1000; i++) {
    notes.add(`${i}`, "text");
    const { value } = await reading.read();
    assertEquals(value && "added" in value && value.added.id, `${i}`);
  }
  await assertRejects(() => stuck.read(), Error, "reads nothing");
});

Deno.test("examples/notes says what it cannot do", async () => {
  await using box = new Sandbox();
  const failing = {
    "notes remove 0": [1, "no notes have the id 0"],
    "notes": [2, "a command is needed"],
    "notes sub": [2, "no command sub"],
    "notes add": [2, "add takes an argument"],
    "notes list all": [2, "list takes no argument"],
    "notes --wrong list": [2, "no option --wrong"],
    "notes list --dir": [2, "--dir takes a directory"],
  };
  for (const [command, [expected, reason]] of Object.entries(failing)) {
    const { code, stdout, stderr } = await run(box, command);
    assertEquals([code, stdout], [expected, ""]);
    assertMatch(stderr, new RegExp(`^notes: ${reason}\n`));
  }
});
