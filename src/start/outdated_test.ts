import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { autod, AutodError } from "../../mod.ts";
import { startCommand } from "../testing/command.ts";
import { inTime } from "../testing/deadline.ts";
import { Gate } from "../testing/gate.ts";
import { Sandbox } from "../testing/sandbox.ts";

/** How often the start of an rpcfile is tried that fails by `denial`. */
async function startsOf(
  box: Sandbox,
  rpcfile: string,
  denial: string,
): Promise<number> {
  const { sockfile } = box;
  let starts = 0;
  const onProcess = (process: Deno.ChildProcess) => {
    box.onProcess(process);
    starts++;
  };
  const error = await assertRejects(
    () => autod({ rpcfile, sockfile, onProcess, methods: [] }),
    AutodError,
    denial,
  );
  assertEquals(error.code, "start-failed");
  return starts;
}

Deno.test("autod() starts a daemon once whose rpcfile reads what it may not", async () => {
  await using box = new Sandbox();
  const secret = box.write("secret", "");
  const later = Date.now() / 1000 + 3600;
  Deno.utimeSync(secret, later, later); // as if it changed all the time
  const rpcfile = box.write(
    "iface.ts",
    `Deno.readTextFileSync(${JSON.stringify(secret)});
    export default () => ({});`,
  );
  const denial = `NotCapable: Requires read access to "${secret}"`;
  assertEquals(await startsOf(box, rpcfile, denial), 1);
});

/** An rpcfile that imports a file as no literal does, which takes a permission. */
function importerIn(box: Sandbox): { rpcfile: string; library: string } {
  const library = box.write("library.ts", "");
  Deno.utimeSync(library, 1, 1);
  const rpcfile = box.write(
    "iface.ts",
    `const library = "./library.ts";
    await import(library);
    export default () => ({});`,
  );
  return { rpcfile, library };
}

Deno.test("autod() starts a daemon once whose rpcfile imports what it may not read", async () => {
  await using box = new Sandbox();
  const { rpcfile, library } = importerIn(box);
  const denial = `Requires read access to "${library}"`;
  assertEquals(await startsOf(box, rpcfile, denial), 1);
});

/**
 * The flags of a command that may start a daemon and hand on its gate, and may
 * not look at its rpcfile.
 */
function blindFlags(box: Sandbox): string[] {
  const { sockfile } = box;
  const gate = box.path("gate");
  return [
    `--allow-read=${sockfile},${sockfile}.spawn,${gate}`,
    `--allow-write=${sockfile},${sockfile}.spawn,${gate}`,
    `--allow-net=unix:${sockfile},unix:${gate}`,
    `--allow-run=${Deno.execPath()}`,
  ];
}

Deno.test("autod() starts a daemon twice at most if it cannot see whether its code has changed", async () => {
  await using box = new Sandbox();
  const { rpcfile, library } = importerIn(box);
  const options = { rpcfile, sockfile: box.sockfile, methods: [] };
  const flags = blindFlags(box);
  await using command = startCommand({ options, tellProcess: true }, { flags });
  await command.tells("process");
  await command.tells("process");
  const { message } = await command.tells("failed");
  assertStringIncludes(message, `Requires read access to "${library}"`);
});

for (
  const [which, flagsOf] of [
    ["may", () => ["--allow-all"]],
    ["may not", blindFlags],
  ] as const
) {
  Deno.test(`autod() starts an rpcfile that was edited while the old daemon closed, where the command ${which} read it`, async () => {
    await using box = new Sandbox();
    using gate = new Gate(box.path("gate"));
    const iface = (edition: string) =>
      `export default (server) => ({
        edition: () => "${edition}",
        wait: async () => { ${gate.code}; },
        close: () => server.close(),
      });`;
    const rpcfile = box.write("iface.ts", iface("old"));
    const { sockfile, onProcess } = box;
    const { permissions } = gate;
    const methods = ["edition", "wait", "close"] as const;
    const options = { rpcfile, sockfile, permissions, methods };
    await using old = await autod({ ...options, onProcess });
    const waiting = old.rpc.wait();
    await gate.arrival();
    await old.rpc.close();
    using watcher = Deno.watchFs(`${sockfile}.lock`);
    const job = { options, calls: [["edition"]], tellProcess: true } as const;
    await using command = startCommand(job, { flags: flagsOf(box) });
    await command.tells("process");
    // Whoever looks at the lock has loaded its code.
    await inTime(watcher[Symbol.asyncIterator]().next(), "a look at the lock");

    box.write("iface.ts", iface("new"));
    gate.open();

    await waiting;
    await command.tells("process");
    assertEquals((await command.tells("answered")).answers, ["new"]);
  });
}
