// A daemon is granted no more than the command holds that starts it: real
// commands, with the flags that the README and the errors name.
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { PermissionsOption } from "../mod.ts";
import { type Kind, KINDS } from "../src/permissions/rules.ts";
import type { Answered, Failed } from "../src/testing/command.ts";
import { counterIn } from "../src/testing/counter.ts";
import { namesIn } from "../src/testing/names_in.ts";
import { flagsIn, readmeFlags, runPasted } from "../src/testing/pasted.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const ITEMS: Record<Kind, string> = {
  read: "/etc",
  write: '/nowhere/it\'s a "file" $HOME',
  net: "example.com:443",
  env: "HOME",
  run: "true",
  sys: "hostname",
  ffi: "/nowhere/lib.so",
  import: "example.com:443",
};

/** A command that starts a daemon with `permissions` if its own flags allow it. */
class Starter {
  readonly #box: Sandbox;
  /** What a command needs whose daemon is granted nothing. */
  readonly flags: string;

  constructor(box: Sandbox) {
    this.#box = box;
    const purpose = "connect with `autod`, or start";
    this.flags = readmeFlags(purpose, { S: box.sockfile }).join(" ");
  }

  /** The flags without those of a kind. */
  without(kind: Kind): string {
    const flag = new RegExp(`--allow-${kind}=\\S*`);
    return this.flags.replace(flag, "");
  }

  /** Starts the daemon, and ends it. */
  async starts(permissions: PermissionsOption, flags: string): Promise<void> {
    const told = await this.#run(permissions, flags);
    const { event, spawned } = told as Answered;
    const what = Deno.inspect([permissions, flags, told]);
    assertEquals([event, spawned], ["answered", true], what);
    await this.#box.stop();
  }

  /** Is refused before anything is done, and resolves to the error's message. */
  async fails(permissions: PermissionsOption, flags: string): Promise<string> {
    const names = this.#files();
    const told = await this.#run(permissions, flags);
    const { name, message } = told as Failed;
    assertEquals(name, "NotCapable", Deno.inspect([permissions, flags, told]));
    assertEquals(this.#files(), names);
    assertEquals(this.#box.daemons(), []);
    assertStringIncludes(message, `"${this.#box.sockfile}"`);
    return message;
  }

  #files(): string[] {
    return namesIn(this.#box.dir).filter((name) => name.startsWith("d.sock"));
  }

  async #run(permissions: PermissionsOption, flags: string) {
    const options = { ...counterIn(this.#box), permissions };
    return await runPasted(this.#box, flags, { options });
  }
}

const DENIED: Record<Kind, string> = {
  read: "/usr/share",
  write: "/usr/share",
  net: "example.org:443",
  env: "NOBODY_HAS_THIS",
  run: "false",
  sys: "cpus",
  ffi: "/usr/share",
  import: "example.org:443",
};

/** What `make` gives for each kind. */
function each<T>(make: (kind: Kind) => T): Record<string, T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, make(kind)]));
}

Deno.test("autod() grants the daemon the items that its command holds, and no others", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  const permissions = each((kind) => [ITEMS[kind]]);
  const message = await starter.fails(permissions, starter.flags);
  for (const kind of KINDS) {
    assertStringIncludes(message, `"${kind}" of "${ITEMS[kind]}"`);
  }
  const flags = flagsIn(message);
  await starter.starts(permissions, `${starter.flags} ${flags}`);
  for (const kind of KINDS) {
    const [flag] = new RegExp(`'?--allow-${kind}=.*?(?= '?--|$)`).exec(flags)!;
    const less = `${starter.flags} ${flags.replace(flag, "")}`;
    assertEquals(flagsIn(await starter.fails(permissions, less)), flag);
  }
});

Deno.test("autod() grants the daemon everything of a kind if its command holds that", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  for (const kind of KINDS) {
    const message = await starter.fails({ [kind]: true }, starter.flags);
    assertStringIncludes(message, `all "${kind}"`);
    // Deno lets nobody write to a program that a list lets him run.
    const more = kind === "write" ? " --allow-run" : "";
    assertEquals(flagsIn(message), `--allow-${kind}${more}`);
  }
  const all = { ...each(() => true), sys: false };
  const flags = KINDS.map((kind) => `--allow-${kind}`).join(" ")
    .replace("--allow-sys", "");
  await starter.starts(all, flags);
});

Deno.test("autod() does not grant the daemon a kind of which a part is denied to its command", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  const flags = KINDS.map((kind) =>
    `--allow-${kind} --deny-${kind}=${DENIED[kind]}`
  ).join(" ");
  for (const kind of KINDS) {
    for (const grant of [true, [DENIED[kind]]]) {
      const message = await starter.fails({ [kind]: grant }, flags);
      assertStringIncludes(message, `without --deny-${kind}`);
    }
  }
  // What is not denied can be handed on all the same.
  await starter.starts(each((kind) => [ITEMS[kind]]), flags);
});

Deno.test("autod() says why a command may not write everything that may run deno", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  const permissions = { write: true };
  const flags = `${starter.without("write")} --allow-write`;
  const message = await starter.fails(permissions, flags);
  assertEquals(flagsIn(message), "--allow-write --allow-run");
  await starter.starts(
    permissions,
    `${flags.replace(/--allow-run=\S*/, "")} --allow-run`,
  );
});

Deno.test("autod() names a denial alone where nothing else is in the way", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  for (const permissions of [{ read: true }, { read: ["/etc"] }]) {
    const message = await starter.fails(
      permissions,
      "--allow-all --deny-read=/etc/shadow",
    );
    assertStringIncludes(message, "run the command without --deny-read, or");
  }
});

Deno.test("autod() names all flags at once where it may not even connect", async () => {
  await using box = new Sandbox();
  const permissions = { read: true, write: true, env: ["HOME"], sys: ["uid"] };
  const options = { ...counterIn(box), permissions };
  const held = "--allow-read --allow-env=HOME";
  const { message } = await runPasted(box, held, { options }) as Failed;
  await new Starter(box).starts(permissions, flagsIn(message));
});

Deno.test("autod() names all at once that its command does not hold", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  const permissions = { read: ["/etc", "/usr"], env: ["A", "B"], sys: [] };
  const flags = `${starter.flags} --allow-env=B`;
  const message = await starter.fails(permissions, flags);
  const missing = "--allow-read=/etc,/usr --allow-env=A";
  assertEquals(flagsIn(message), missing);
  await starter.starts(permissions, `${flags} ${missing}`);
});

Deno.test('autod() starts a daemon with permissions: "all" only if its command holds all', async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  const all = "--allow-all";
  for (const permissions of ["all", { all: true }] as const) {
    await starter.starts(permissions, all);
    for (const flags of [starter.flags, `${all} --deny-sys=cpus`]) {
      const message = await starter.fails(permissions, flags);
      assertStringIncludes(message, "everything");
      assertEquals(flagsIn(message), all);
    }
  }
  const each = KINDS.map((kind) => `--allow-${kind}`).join(" ");
  await starter.starts("all", each);
  await starter.fails("all", each.replace("--allow-ffi", ""));
  await starter.starts(
    { all: true, ffi: false },
    each.replace("--allow-ffi", ""),
  );
});

Deno.test("autod() does not grant the daemon a folder that its command may read only a part of", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  const [open, secret] = [box.path("open"), box.path("open/secret")];
  for (const allow of [`--allow-read=${open}`, "--allow-read"]) {
    const flags = `${
      allow === "--allow-read" ? starter.without("read") : starter.flags
    } ${allow} --deny-read=${secret}`;
    const message = await starter.fails({ read: [open] }, flags);
    assertStringIncludes(message, "without --deny-read");
    await starter.fails({ read: [secret] }, flags);
    await starter.starts({ read: [`${open}/other`] }, flags);
  }
});

Deno.test("autod() asks for variables that begin alike as for one", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  const permissions = { env: ["AWS_*"] };
  await starter.starts(permissions, `${starter.flags} --allow-env=AWS_*`);
  await starter.fails(permissions, `${starter.flags} --allow-env=AWS_REGION`);
  // One of them may be among those that are denied.
  const denied = `${starter.flags} --allow-env --deny-env=AWS_SECRET`;
  const message = await starter.fails(permissions, denied);
  assertStringIncludes(message, "without --deny-env");
});

for (const kind of ["net", "import"] as const) {
  Deno.test(`autod() grants the daemon the "${kind}" of a domain if its command holds the domain`, async () => {
    await using box = new Sandbox();
    const starter = new Starter(box);
    const permissions = { [kind]: ["*.example.com"] };
    const hold = (hosts: string) => `${starter.flags} --allow-${kind}=${hosts}`;
    await starter.starts(permissions, hold("*.example.com"));
    await starter.fails(permissions, hold("example.com,a.example.com"));
    const whole = `${starter.without(kind)} --allow-${kind}`;
    await starter.starts(permissions, whole);
    await starter.fails(permissions, `${whole} --deny-${kind}=a.example.com`);
  });

  Deno.test(`autod() grants the daemon the "${kind}" of addresses only if its command holds all`, async () => {
    await using box = new Sandbox();
    const starter = new Starter(box);
    const permissions = { [kind]: ["10.0.0.0/8"] };
    const scoped = `${starter.flags} --allow-${kind}=10.0.0.0/8`;
    const message = await starter.fails(permissions, scoped);
    assertEquals(flagsIn(message), `--allow-${kind}`);
    const whole = `${starter.without(kind)} --allow-${kind}`;
    await starter.starts(permissions, whole);
    await starter.fails(permissions, `${whole} --deny-${kind}=10.0.0.1`);
  });
}

Deno.test("autod() lets the daemon import from those of Deno's own hosts that its command may import from", async () => {
  await using box = new Sandbox();
  const { flags } = new Starter(box);
  const hosts = ["jsr.io:443", "esm.sh:443", "example.com:443"];
  const rpcfile = box.write(
    "iface.js",
    `export default () => ({
      may: (host) => Deno.permissions.querySync({ name: "import", host }).state === "granted",
    });`,
  );
  const options = { rpcfile, sockfile: box.sockfile, methods: ["may"] };
  const calls = hosts.map((host) => ["may", host] as const);
  const forms: [string, ...may: boolean[]][] = [
    ["", true, true, false],
    ["--deny-import=esm.sh:443", true, false, false],
    ["--allow-import=jsr.io:443,example.com:443", true, false, false],
    ["--allow-import=example.com:443", false, false, false],
  ];
  for (const [more, ...expected] of forms) {
    const told = await runPasted(box, `${flags} ${more}`, { options, calls });
    assertEquals((told as Answered).answers, expected, more);
    await box.stop();
  }
});

Deno.test("autod() grants the daemon a socket and an IPv6 address that its command holds", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  for (const host of ["unix:/nowhere/d.sock", "[::1]:80", "10.0.0.1"]) {
    const message = await starter.fails({ net: [host] }, starter.flags);
    const flags = `${starter.flags} ${flagsIn(message)}`;
    await starter.starts({ net: [host] }, flags);
  }
});

Deno.test("autod() need not hold what it denies the daemon", async () => {
  await using box = new Sandbox();
  const starter = new Starter(box);
  const permissions = {
    read: { deny: ["/etc"] },
    env: { allow: ["A"], deny: true },
    import: { deny: true },
  };
  await starter.starts(permissions, starter.flags);
});

Deno.test("autod() connects to a daemon that was granted more than its command holds", async () => {
  await using box = new Sandbox();
  const options = { ...counterIn(box), permissions: "all" } as const;
  const cold = await runPasted(box, "--allow-all", { options }) as Answered;
  const least = readmeFlags("connect with `autod`, and never", {
    S: box.sockfile,
  });
  const warm = await runPasted(box, least.join(" "), { options }) as Answered;
  assertEquals([warm.spawned, warm.pid], [false, cold.pid]);
});

Deno.test("autod() leaves a daemon of another version alone if it may not start its successor", async () => {
  await using box = new Sandbox();
  const { flags } = new Starter(box);
  const options = { ...counterIn(box), version: "1" };
  const old = await runPasted(box, flags, { options }) as Answered;
  const newer = { ...options, version: "2", permissions: { env: true } };
  const told = await runPasted(box, flags, { options: newer }) as Failed;
  assertEquals(told.name, "NotCapable");
  const again = await runPasted(box, flags, { options }) as Answered;
  assertEquals([again.spawned, again.pid], [false, old.pid]);
});
