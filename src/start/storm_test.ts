import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { autod, type AutodOptions } from "../../mod.ts";
import {
  type Answered,
  type Running,
  startCommand,
} from "../testing/command.ts";
import { Gate } from "../testing/gate.ts";
import { whenUnlocked } from "../testing/locks.ts";
import { Sandbox } from "../testing/sandbox.ts";

/** Commands that are let loose at once. */
class Herd implements AsyncDisposable {
  /** Resolves when the first of them has started a daemon's process. */
  readonly started: Promise<void>;
  readonly #commands: Running[];
  readonly #started = Promise.withResolvers<void>();

  /** Starts `size` commands that make one call of `count`; `options` gets the number of each. */
  constructor(size: number, options: (index: number) => AutodOptions) {
    this.started = this.#started.promise;
    this.#commands = Array.from({ length: size }, (_, index) =>
      startCommand({
        options: options(index),
        calls: [["count"]],
        barrier: true,
        tellProcess: true,
      }));
  }

  /** Lets all of them loose when all have loaded, and resolves to what they were answered. */
  async run(): Promise<Answered[]> {
    await Promise.all(this.#commands.map((command) => command.tells("loaded")));
    await Promise.all(this.#commands.map((command) => command.closeStdin()));
    return await Promise.all(
      this.#commands.map((command) => this.#answer(command)),
    );
  }

  async #answer(command: Running): Promise<Answered> {
    for (;;) {
      const told = await command.told();
      if (told.event === "answered") return told;
      if (told.event !== "process") {
        throw new Error(`It should be answered: ${JSON.stringify(told)}`);
      }
      this.#started.resolve();
    }
  }

  /** Ends those that are left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#commands.map((command) => command[Symbol.asyncDispose]()),
    );
  }
}

const SIZES = [2, 16, 64];
const METHODS = ["count", "wait", "close"] as const;

/** A daemon whose calls stand in a journal, a line each, with its pid. */
function optionsIn(box: Sandbox, gate?: Gate) {
  const journal = box.path("journal");
  const rpcfile = box.write(
    "iface.ts",
    `let n = 0;
    export default (server) => ({
      count: () => {
        const line = [Deno.pid, ++n];
        Deno.writeTextFileSync(${
      JSON.stringify(journal)
    }, line + "\\n", { append: true });
        return line;
      },
      wait: async () => { ${gate?.code ?? ""} },
      close: () => server.close(),
    });`,
  );
  const { read, write = [], net } = gate?.permissions ?? {};
  const permissions = { read, write: [journal, ...write], net };
  const { sockfile } = box;
  return { rpcfile, sockfile, permissions, methods: METHODS };
}

/** Fails unless each answer was counted once, by one daemon after the other. */
function assertCounted(box: Sandbox, told: Answered[]): void {
  const lines = Deno.readTextFileSync(box.path("journal")).trim().split("\n");
  assertEquals(told.map(({ answers }) => `${answers[0]}`).sort(), lines.sort());
}

/** The daemons that counted, in their order; one that comes twice has served with another. */
function servants(box: Sandbox): number[] {
  const lines = Deno.readTextFileSync(box.path("journal")).trim().split("\n");
  const pids = lines.map((line) => Number(line.split(",")[0]));
  return pids.filter((pid, at) => pid !== pids[at - 1]);
}

function assertOneDaemon(box: Sandbox, told: Answered[]): void {
  assertCounted(box, told);
  const [{ pid }] = told;
  assertEquals(servants(box), [pid]);
  assertEquals(told.filter(({ spawned }) => spawned).length, 1);
  assertEquals(box.daemons(), [pid]);
}

for (const size of SIZES) {
  Deno.test(`autod() makes one daemon for ${size} commands at once, where there is none`, async () => {
    await using box = new Sandbox();
    const options = optionsIn(box);
    await using herd = new Herd(size, () => options);
    assertOneDaemon(box, await herd.run());
  });

  Deno.test(`autod() makes one daemon for ${size} commands at once, after a kill`, async () => {
    await using box = new Sandbox();
    const options = optionsIn(box);
    const { onProcess } = box;
    await using old = await autod({ ...options, onProcess });
    await using herd = new Herd(size, () => options);
    old.process?.kill("SIGKILL");
    await whenUnlocked(`${box.sockfile}.lock`);
    assert(Deno.lstatSync(box.sockfile).isSocket);

    const told = await herd.run();

    assertOneDaemon(box, told);
    assertNotEquals(told[0].pid, old.connection.pid);
  });

  Deno.test(`autod() makes one daemon for ${size} commands at once, while the last one closes`, async () => {
    await using box = new Sandbox();
    using gate = new Gate(box.path("gate"));
    // A busy machine takes its time until all commands have started.
    const options = { ...optionsIn(box, gate), drainTimeout: 60_000 };
    const { onProcess } = box;
    await using old = await autod({ ...options, onProcess });
    await using herd = new Herd(size, () => options);
    const waiting = old.rpc.wait();
    assertEquals(await gate.arrival(), old.connection.pid);
    await old.rpc.close();

    const answers = herd.run();
    await herd.started;
    gate.open();
    const told = await answers;

    await waiting;
    assertOneDaemon(box, told);
    assertNotEquals(told[0].pid, old.connection.pid);
  });

  Deno.test(`autod() makes one daemon after the other for ${size} commands of two versions at once`, async () => {
    await using box = new Sandbox();
    const options = optionsIn(box);
    // As many daemons as commands, perhaps, and each waits a second for those
    // that a busy machine does not let hang up.
    const patient = { ...options, timeout: 120_000, drainTimeout: 60_000 };
    await using herd = new Herd(size, (index) => {
      return { ...patient, version: `${index % 2}` };
    });

    const told = await herd.run();

    assertCounted(box, told);
    const pids = servants(box);
    assertEquals(new Set(pids).size, pids.length);
    await box.onlyDaemon(box.daemons()[0]);
  });
}
