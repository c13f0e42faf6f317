import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { runtimeDir } from "../../mod.ts";
import { LIBRARY, type Output, runProgram } from "../testing/command.ts";
import { flagsIn, lessOne, quoted, readmeFlags } from "../testing/pasted.ts";
import { sh } from "../testing/readme.ts";
import { Sandbox } from "../testing/sandbox.ts";
import {
  canDropPowers,
  giveAway,
  isRoot,
  OTHER,
  WITHOUT_POWERS,
} from "../testing/users.ts";

const PRINT = `import { runtimeDir } from "${LIBRARY}";
try {
  console.log(runtimeDir(Deno.args[0]));
} catch (error) {
  console.log(\`\${error}\`);
}`;

interface Run {
  /** The value of XDG_RUNTIME_DIR, if it is to be set. */
  readonly base?: string;
  /** The directory that may be read and written. */
  readonly directory: string;
  /** More permissions. */
  readonly flags?: readonly string[];
  /** A program that runs deno. */
  readonly by?: readonly string[];
}

/** Prints the directory of the program `counter`, or the error, in a process of its own. */
function print(
  box: Sandbox,
  { base, directory, flags = [], by = [] }: Run,
  name = "counter",
): Promise<Output> {
  const command = [
    "env",
    ...base === undefined ? ["-u", "XDG_RUNTIME_DIR"] : [],
    ...base === undefined ? [] : [`XDG_RUNTIME_DIR=${base}`],
    ...by,
    Deno.execPath(),
    "run",
    "--no-prompt",
    "--allow-env=XDG_RUNTIME_DIR",
    `--allow-read=${directory}`,
    `--allow-write=${directory}`,
    ...flags,
    box.write("print.js", PRINT),
    name,
  ];
  return runProgram(command[0], command.slice(1));
}

async function refusal(
  box: Sandbox,
  run: Run,
  name?: string,
): Promise<string> {
  const { stdout, stderr } = await print(box, run, name);
  assertEquals(stderr, "");
  return stdout;
}

Deno.test("runtimeDir() makes a directory for its user alone in XDG_RUNTIME_DIR, once", async () => {
  await using box = new Sandbox();
  const directory = box.path("counter");
  const inodes: unknown[] = [];
  for (const base of [box.dir, `${box.dir}/`]) {
    const run = {
      base,
      directory,
      by: ["/bin/sh", "-c", 'umask 0; "$0" "$@"'],
    };
    const { stdout, stderr } = await print(box, run);
    assertEquals([stdout, stderr], [`${directory}\n`, ""]);
    const { mode, ino } = Deno.lstatSync(directory);
    assertEquals(mode! & 0o7777, 0o700);
    inodes.push(ino);
  }
  assertEquals(inodes[0], inodes[1]);
});

Deno.test("runtimeDir() makes a directory that its user may enter, whatever the umask is", async () => {
  await using box = new Sandbox();
  const directory = box.path("counter");
  const by = ["/bin/sh", "-c", 'umask 0177; "$0" "$@"'];
  const { stdout } = await print(box, { base: box.dir, directory, by });
  assertEquals(stdout, `${directory}\n`);
  assertEquals(Deno.lstatSync(directory).mode! & 0o7777, 0o700);
});

for (const base of [undefined, "", "relative"]) {
  Deno.test(`runtimeDir() names the user in /tmp if XDG_RUNTIME_DIR is ${base ?? "not set"}`, async () => {
    await using box = new Sandbox();
    const name = crypto.randomUUID();
    const directory = `/tmp/${name}-${Deno.uid()}`;
    const run = { base, directory, flags: ["--allow-sys=uid"] };
    try {
      const { stdout, stderr } = await print(box, run, name);
      assertEquals([stdout, stderr], [`${directory}\n`, ""]);
      assertEquals(Deno.lstatSync(directory).mode! & 0o7777, 0o700);
    } finally {
      Deno.removeSync(directory);
    }
  });
}

for (
  const [where, base] of [
    ["where `XDG_RUNTIME_DIR` is set", (box: Sandbox) => box.dir],
    ["elsewhere", () => ""],
  ] as const
) {
  Deno.test(`runtimeDir() names each flag of the README that it lacks ${where}`, async () => {
    await using box = new Sandbox();
    const name = `${crypto.randomUUID()} it's`;
    const env = base(box);
    const D = env === "" ? `/tmp/${name}-${Deno.uid()}` : box.path(name);
    const file = box.write("print.js", PRINT);
    const run = async (flags: readonly string[]) => {
      const { stdout, stderr } = await sh(
        box,
        `XDG_RUNTIME_DIR='${env}' deno run --no-prompt ${
          flags.map(quoted).join(" ")
        } ${file} ${quoted(name)}`,
      );
      assertEquals(stderr, "");
      return stdout.trimEnd();
    };
    const flags = readmeFlags(
      `find \`S\` with \`runtimeDir\`${env === "" ? " " : ", "}${where}`,
      { S: "", D },
    );
    for (const { less, lacks } of lessOne(flags)) {
      const said = await run(less);
      assertStringIncludes(said, "NotCapable: ");
      const flag = /[ ']/.test(lacks) ? quoted(lacks) : lacks;
      assertEquals(flagsIn(said), flag);
    }
    assertThrows(() => Deno.lstatSync(D), Deno.errors.NotFound);
    try {
      assertEquals(await run(flags), D);
    } finally {
      Deno.removeSync(D);
    }
  });
}

Deno.test("runtimeDir() names the flags to read and to write at once", async () => {
  await using box = new Sandbox();
  const { stdout } = await print(box, {
    base: box.dir,
    directory: box.path("another"),
  });
  const D = box.path("counter");
  assertEquals(flagsIn(stdout), `--allow-read=${D} --allow-write=${D}`);
});

/** What is refused, how it gets there, and what is said to be done. */
const REFUSED: Record<string, [(path: string) => void, ...string[]]> = {
  "that others may write to": [
    (path) => {
      Deno.mkdirSync(path);
      Deno.chmodSync(path, 0o720);
    },
    "PermissionDenied: ",
    "chmod go-w",
  ],
  "that is everybody's and sticky": [
    (path) => {
      Deno.mkdirSync(path);
      Deno.chmodSync(path, 0o1777);
    },
    "PermissionDenied: ",
    "chmod go-w",
  ],
  "that is a link to one": [
    (path) => {
      Deno.mkdirSync(`${path}.real`, { mode: 0o700 });
      Deno.symlinkSync(`${path}.real`, path);
    },
    "NotADirectory: ",
    "it is a symbolic link; remove",
  ],
  "that is a file": [
    (path) => Deno.writeTextFileSync(path, ""),
    "NotADirectory: ",
    "it is none; remove",
  ],
};

for (const [what, [put, ...words]] of Object.entries(REFUSED)) {
  Deno.test(`runtimeDir() refuses a directory ${what}`, async () => {
    await using box = new Sandbox();
    const directory = box.path("counter");
    put(directory);
    const said = await refusal(box, { base: box.dir, directory });
    for (const word of [...words, directory]) assertStringIncludes(said, word);
  });
}

for (
  const [what, ignore, run] of [
    ["with --allow-sys=uid", !isRoot, { flags: ["--allow-sys=uid"] }],
    ["with nothing but it", !canDropPowers, { by: WITHOUT_POWERS }],
  ] as const
) {
  Deno.test({
    name: `runtimeDir() refuses a directory of another user ${what}`,
    ignore,
    async fn() {
      await using box = new Sandbox();
      const directory = box.path("counter");
      Deno.mkdirSync(directory, { mode: 0o700 });
      giveAway(directory);
      const said = await refusal(box, { base: box.dir, directory, ...run });
      assertStringIncludes(said, "PermissionDenied: ");
      assertStringIncludes(said, `another user (${OTHER})`);
      assertStringIncludes(said, "set XDG_RUNTIME_DIR");
    },
  });
}

Deno.test({
  name: "runtimeDir() says what to do where XDG_RUNTIME_DIR is another user's",
  ignore: !canDropPowers,
  async fn() {
    await using box = new Sandbox();
    const base = box.path("run");
    Deno.mkdirSync(base, { mode: 0o700 });
    giveAway(base);
    const run = { base, directory: `${base}/counter`, by: WITHOUT_POWERS };
    const said = await refusal(box, run);
    assertStringIncludes(said, "PermissionDenied: ");
    assertStringIncludes(
      said,
      "set XDG_RUNTIME_DIR to another directory of yours",
    );
  },
});

Deno.test("runtimeDir() says that XDG_RUNTIME_DIR is a file", async () => {
  await using box = new Sandbox();
  const base = box.write("file", "");
  const directory = `${base}/counter`;
  const said = await refusal(box, { base, directory });
  assertStringIncludes(
    said,
    `NotADirectory: Cannot make the directory "${directory}"`,
  );
  assertStringIncludes(said, "correct or unset the variable");
});

Deno.test("runtimeDir() makes no XDG_RUNTIME_DIR", async () => {
  await using box = new Sandbox();
  const base = box.path("missing");
  const directory = `${base}/counter`;
  const said = await refusal(box, { base, directory });
  assertStringIncludes(
    said,
    `NotFound: Cannot make the directory "${directory}"`,
  );
  assertStringIncludes(said, "make it, or unset the variable");
  assertThrows(() => Deno.lstatSync(base), Deno.errors.NotFound);
});

Deno.test("runtimeDir() makes no directory where others may write, if it may look", async () => {
  await using box = new Sandbox();
  const base = box.path("run");
  Deno.mkdirSync(base);
  Deno.chmodSync(base, 0o777);
  const directory = `${base}/counter`;
  const flags = [`--allow-read=${base}`];
  const said = await refusal(box, { base, directory, flags });
  assertEquals(
    said.trim(),
    `PermissionDenied: Cannot make the directory "${directory}": others may write to "${base}"; forbid it with: chmod go-w ${base}`,
  );
  Deno.chmodSync(base, 0o1777);
  const { stdout } = await print(box, { base, directory, flags });
  assertEquals(stdout.trim(), directory);
});

Deno.test({
  name:
    "runtimeDir() makes no directory in that of another user, if it may look",
  ignore: !isRoot,
  async fn() {
    await using box = new Sandbox();
    const base = box.path("run");
    Deno.mkdirSync(base, { mode: 0o700 });
    giveAway(base);
    const directory = `${base}/counter`;
    const flags = [`--allow-read=${base}`, "--allow-sys=uid"];
    const said = await refusal(box, { base, directory, flags });
    assertStringIncludes(
      said,
      `PermissionDenied: Cannot make the directory "${directory}": "${base}" belongs to another user (${OTHER})`,
    );
    assertStringIncludes(said, "or unset it");
    assertThrows(() => Deno.lstatSync(directory), Deno.errors.NotFound);
  },
});

Deno.test("runtimeDir() says what the system denies", async () => {
  await using box = new Sandbox();
  const name = "x".repeat(300);
  const directory = box.path(name);
  const said = await refusal(box, { base: box.dir, directory }, name);
  assertStringIncludes(
    said,
    `Cannot make the directory "${directory}": the system denies it (File name too long (os error 36)`,
  );
  assertStringIncludes(
    said,
    "set XDG_RUNTIME_DIR to another directory of yours",
  );
});

Deno.test("runtimeDir() throws a TypeError if the name is none for a directory", () => {
  for (
    const name of ["", ".", "..", "...", "a/b", "a,b", "a\0b", 5, undefined]
  ) {
    assertThrows(
      () => runtimeDir(name as string),
      TypeError,
      "the name of the program",
    );
  }
});
