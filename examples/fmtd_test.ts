// Runs examples/fmtd as its README shows it, beside prettier itself.
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { autod } from "../mod.ts";
import { runDeno } from "../src/testing/command.ts";
import { inTime } from "../src/testing/deadline.ts";
import { block, RunningScript, sh, transcript } from "../src/testing/readme.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import manifest from "./fmtd/deno.json" with { type: "json" };

const README = "examples/fmtd/README.md";
const SETUP = block("<!-- fmtd -->", "sh", README);

/** Runs `fmtd` with the README's permissions, as `command` says. */
function fmtd(box: Sandbox, command: string) {
  return sh(box, `${SETUP}\n${command}`);
}

function socketIn(box: Sandbox): string {
  return box.path("fmtd/fmtd.sock");
}

const SMALL = 'echo "a( )" | fmtd --stdin-filepath a.js';

/** The daemon that `fmtd` has started. */
class Daemon {
  readonly #box: Sandbox;
  readonly pid: number;

  private constructor(box: Sandbox, pid: number) {
    this.#box = box;
    this.pid = pid;
  }

  static async in(box: Sandbox): Promise<Daemon> {
    await fmtd(box, SMALL);
    const [pid] = box.daemons();
    return new Daemon(box, pid);
  }

  /** Resolves when it is at a call. */
  async busy(): Promise<void> {
    while (await this.#calls() === 0);
  }

  /** Resolves when it is at no call. */
  async idle(): Promise<void> {
    while (await this.#calls() > 0);
  }

  async #calls(): Promise<number> {
    const status = await this.#box.request("$/status", [], socketIn(this.#box));
    return JSON.parse(status).result.calls;
  }
}

/** A text of some bytes, which may take prettier seconds, and what it makes of it. */
function longText(bytes: number): { text: string; formatted: string } {
  const lines = (line: string) =>
    Array(bytes / 50).fill(line).join("\n") + "\n";
  return {
    text: lines("f( [1 ,2], {a :'b'},   (x)=>x+1 ) ; // and so on and on"),
    formatted: lines(
      'f([1, 2], { a: "b" }, (x) => x + 1); // and so on and on',
    ),
  };
}

Deno.test("examples/fmtd prints what its README shows", async () => {
  await using box = new Sandbox();
  const steps = transcript("<!-- fmtd -->", README);
  assertEquals(steps.length, 2);
  for (const { command, output } of steps) {
    const { stdout } = await fmtd(box, `{ ${command}; } 2>&1`);
    assertEquals(stdout, output);
  }
});

const TEXTS = [
  ["TypeScript", "let a :number=  1", "a.ts"],
  ["CSS", "a{b:c}", "a.css"],
  ["Markdown with code", "* a\n\n```js\na( )\n```\n", "a.md"],
  ["Vue", "<template><p  >a</p></template>", "a.vue"],
  ["YAML", "a:   [b,c]", "a.yml"],
  ["characters of all kinds", "'Zwölf €, ein 𝄞'", "a.js"],
  ["a text with a byte order mark", "\uFEFFa( )", "a.js"],
  ["CRLF", "a( )\r\nb( )\r\n", "a.js"],
  ["nothing", "", "a.ts"],
  ["a text that is no TypeScript", "let a = ;", "a.ts"],
  ["a text that is no CSS", "a { ", "a.css"],
  ["a file of an unknown type", "let a", "/a.unknown"],
  ["--check of a formatted text", "let a;\n", "a.ts --check"],
  ["--check of another text", "let  a;\n", "a.ts --check"],
];

Deno.test("examples/fmtd does what prettier does, with any text", async () => {
  await using box = new Sandbox();
  for (const [what, text, args] of TEXTS) {
    const operands = `--stdin-filepath ${args} < ${box.write("text", text)}`;
    const prettier = `deno run -A ${manifest.imports.prettier}`;
    assertEquals(
      await fmtd(box, `fmtd ${operands}`),
      await sh(box, `${prettier} ${operands}`),
      what,
    );
  }
});

Deno.test("examples/fmtd takes the options of --config, and only those that it knows", async () => {
  await using box = new Sandbox();
  const config = box.write("config.json", '{ "semi": false }');
  const text = box.write("text", "let a;");
  const command = SETUP.replace("worker.ts", `worker.ts,${box.dir}`) +
    `fmtd --stdin-filepath a.ts --config=${config} < ${text}`;
  assertEquals((await sh(box, command)).stdout, "let a\n");
  box.write("config.json", '{ "overrides": [] }');
  assertEquals(await sh(box, command), {
    code: 2,
    stdout: "",
    stderr:
      `[error] Cannot use "${config}": it has "overrides", which only prettier itself knows; remove it\n`,
  });
});

Deno.test("examples/fmtd refuses what it cannot read or understand with code 2, and starts nothing", async () => {
  await using box = new Sandbox();
  const latin = box.path("latin");
  Deno.writeFileSync(latin, Uint8Array.of(0x27, 0xe4, 0x27));
  const cases = {
    [`fmtd --stdin-filepath a.js < ${latin}`]: "The encoded data is not valid",
    "fmtd": "--stdin-filepath FILE is needed",
    "fmtd --stdin-filepath": "--stdin-filepath FILE is needed",
    "fmtd --stdin-filepath a.ts --config": "--config takes a file",
    "fmtd --stdin-filepath a.ts --write": "no option --write",
    "fmtd a.ts": "no option a.ts",
  };
  for (const [command, reason] of Object.entries(cases)) {
    const { code, stdout, stderr } = await fmtd(box, command);
    assertEquals([code, stdout], [2, ""], command);
    assertMatch(stderr, new RegExp(`^(fmtd:|\\[error\\]) ${reason}\n`));
  }
  assertEquals(box.daemons(), []);
});

Deno.test("examples/fmtd formats a megabyte, and many texts at once, with one daemon", async () => {
  await using box = new Sandbox();
  const { text, formatted } = longText(1e6);
  assert(text.length > 1e6);
  const out = box.path("out");
  const { code, stderr } = await fmtd(
    box,
    `fmtd --stdin-filepath a.js < ${box.write("long", text)} > ${out} &
    for i in 1 2 3 4 5 6 7 8 9; do
      echo "a( $i )" | fmtd --stdin-filepath a.js > ${out}$i &
    done
    wait`,
  );
  assertEquals([code, stderr], [0, ""]);
  assert(Deno.readTextFileSync(out) === formatted);
  for (let i = 1; i < 10; i++) {
    assertEquals(Deno.readTextFileSync(out + i), `a(${i});\n`);
  }
  assertEquals(box.daemons().length, 1);
});

Deno.test("examples/fmtd dies of SIGINT, and its daemon gives the text up and stays", async () => {
  await using box = new Sandbox();
  const daemon = await Daemon.in(box);
  const long = box.write("long", longText(1e6).text);
  await using script = new RunningScript(
    box,
    `${SETUP}
    trap : INT
    fmtd --stdin-filepath a.js < ${long}
    echo $?`,
  );
  await daemon.busy();
  script.kill("SIGINT");
  assertEquals(await script.printed("130\n"), "130\n");
  await daemon.idle();
  assertEquals((await fmtd(box, SMALL)).stdout, "a();\n");
  assertEquals(box.daemons(), [daemon.pid]);
});

Deno.test("examples/fmtd calls the next daemon when its own is killed", async () => {
  await using box = new Sandbox();
  const daemon = await Daemon.in(box);
  const { text, formatted } = longText(3e5);
  const long = box.write("long", text);
  const output = fmtd(box, `fmtd --stdin-filepath a.js < ${long}`);
  await daemon.busy();
  Deno.kill(daemon.pid, "SIGKILL");
  const { code, stdout, stderr } = await inTime(output, "the end of fmtd");
  assertEquals([code, stderr], [0, ""]);
  assert(stdout === formatted);
  assertNotEquals(box.daemons(), [daemon.pid]);
});

Deno.test("examples/fmtd replaces a daemon with another prettier", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(box.path("fmtd"), { mode: 0o700 });
  await using old = await autod({
    rpcfile: new URL("./fmtd/iface.ts", import.meta.url),
    sockfile: socketIn(box),
    methods: ["format"],
    version: "1, npm:prettier@3.0.0",
    onProcess: box.onProcess,
  });
  assertEquals((await fmtd(box, SMALL)).stdout, "a();\n");
  await inTime(old.connection.closed, "the end of the daemon");
  assertEquals(box.daemons().length, 1);
  // A range would name two versions alike.
  assertMatch(manifest.imports.prettier, /^npm:prettier@\d+\.\d+\.\d+$/);
});

Deno.test("examples/fmtd/bench.ts prints the table of its README", async () => {
  await using box = new Sandbox();
  const directory = new URL("./fmtd/", import.meta.url);
  const readme = Deno.readTextFileSync(new URL("README.md", directory));
  assertStringIncludes(readme, "`deno run -A examples/fmtd/bench.ts`");
  const bench = fromFileUrl(new URL("bench.ts", directory));
  const args = ["run", "-A", bench, "1"];
  const { code, stdout, stderr } = await runDeno(args, { cwd: box.dir });
  assertEquals(code, 0, stderr);
  // Without node, two rows are missing.
  const shown = rowNames(readme.slice(readme.indexOf("| command")));
  const measured = rowNames(stdout);
  assertEquals(measured, shown.slice(-measured.length));
  assert(measured.length > 4);
});

function rowNames(table: string): string[] {
  const [rows] = table.split("\n\n");
  return Array.from(rows.matchAll(/^\| (\w.*?) +\|/gm), ([, name]) => name);
}
