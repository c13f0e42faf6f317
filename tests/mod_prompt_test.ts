// Nobody at a terminal is asked for a permission, as Deno does for whatever is
// tried and not permitted: real commands in a terminal, without --no-prompt.
import { assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { withoutColours } from "../src/files/log.ts";
import { CLI } from "../src/testing/cli.ts";
import { CALL, type Job } from "../src/testing/command.ts";
import { counterIn } from "../src/testing/counter.ts";
import { inTime } from "../src/testing/deadline.ts";
import { has } from "../src/testing/has.ts";
import {
  lessOne,
  quoted,
  readmeFlags,
  withDenoPath,
} from "../src/testing/pasted.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

/** How Deno asks. */
const QUESTION = /Deno requests|Allow\?/;

/** Without the program that runs another in a terminal, or with another of that name. */
const ignore = !await has("script", "--version");

/** What is seen in a terminal that deno runs in, until it ends or asks. */
async function seen(flags: readonly string[], ...args: string[]) {
  const words = [Deno.execPath(), "run", ...flags.map(withDenoPath), ...args];
  const command = words.map(quoted).join(" ");
  await using process = new Deno.Command("script", {
    args: ["--quiet", "--command", command, "/dev/null"],
    env: { DENO_NO_PROMPT: "" },
    stdin: "piped", // a terminal where nobody types
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  const decoder = new TextDecoderStream();
  for await (const part of process.stdout.pipeThrough(decoder)) {
    text += part;
    if (QUESTION.test(text)) process.kill("SIGKILL");
  }
  await inTime(process.status, "the end of a terminal");
  await process.stdin.close().catch(() => {});
  return withoutColours(text);
}

/** As {@linkcode seen}, of a command that does a job. */
function seenOf(flags: readonly string[], job: Job): Promise<string> {
  return seen(flags, CALL, JSON.stringify(job));
}

function assertAsksNothing(text: string): void {
  assertFalse(QUESTION.test(text), text);
}

const TO_CONNECT = "connect with `autod`, and never";
const TO_START = "connect with `autod`, or start";
const TO_SERVE = "serve in the foreground with a pidfile";

Deno.test({
  name: "Deno asks at a terminal for what is not permitted",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const file = box.write("read.js", 'Deno.readTextFileSync("/etc/hostname")');
    assertMatch(await seen([], file), QUESTION);
  },
});

Deno.test({
  name: "autod() asks nobody for a permission when it starts and uses a daemon",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const S = box.sockfile;
    const options = { ...counterIn(box), debug: true, version: "1" };
    const job: Job = { options, calls: [["add", 1]] };
    for (const purpose of [TO_START, TO_CONNECT]) {
      const text = await seenOf(readmeFlags(purpose, { S }), job);
      assertAsksNothing(text);
      assertStringIncludes(text, '"event":"answered"');
    }
    const newer = { ...job, options: { ...options, version: "2" } };
    const text = await seenOf(readmeFlags(TO_START, { S }), newer);
    assertAsksNothing(text);
    assertStringIncludes(text, '"spawned":true');
  },
});

Deno.test({
  name: "autod() asks nobody for a permission that it lacks",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const S = box.sockfile;
    const flags = readmeFlags(TO_START, { S });
    const cases = lessOne(flags).map(({ less }) => less);
    for (const less of [...cases, []]) {
      const text = await seenOf(less, { options: counterIn(box) });
      assertAsksNothing(text);
      assertStringIncludes(text, '"code":"not-permitted"');
    }
  },
});

Deno.test({
  name:
    "autod() asks nobody for a permission to see whether its code has changed",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    box.write("library.ts", "");
    const rpcfile = box.write(
      "iface.ts",
      `const library = "./library.ts";
      await import(library);
      export default () => ({});`,
    );
    const { sockfile } = box;
    const flags = readmeFlags(TO_START, { S: sockfile });
    const options = { rpcfile, sockfile, methods: [] };
    const text = await seenOf(flags, { options });
    assertAsksNothing(text);
    assertStringIncludes(text, "Requires read access to");
  },
});

Deno.test({
  name: "autod() asks nobody for a permission that it grants the daemon",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const flags = readmeFlags(TO_START, { S: box.sockfile });
    const items = {
      read: ["/etc"],
      write: ["/etc"],
      net: ["example.com", "10.0.0.0/8", "*.example.com"],
      env: ["HOME", "A*"],
      run: ["cat"],
      sys: ["hostname"],
      ffi: ["/etc"],
      import: ["example.com"],
    };
    for (const permissions of [items, "all"] as const) {
      const options = { ...counterIn(box), permissions };
      const text = await seenOf(flags, { options });
      assertAsksNothing(text);
      assertStringIncludes(text, '"name":"NotCapable"');
    }
  },
});

Deno.test({
  name: "listen() asks nobody for a permission",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const [S, P] = [box.sockfile, box.path("d.pid")];
    const file = box.write(
      "serve.js",
      `import { listen } from "${import.meta.resolve("../listen.ts")}";
      const [sockfile, pidfile] = Deno.args;
      const server = listen(() => ({}), { sockfile, pidfile });
      await server.ready.then(() => "ready", ({ code }) => code).then(console.log);
      server.close();
      await server.closed;`,
    );
    const flags = readmeFlags(TO_SERVE, { S, P });
    const served = await seen(flags, file, S, P);
    assertAsksNothing(served);
    assertMatch(served, /^ready\r?$/m); // after what Deno itself has to say
    const cases = lessOne(flags).map(({ less }) => less);
    for (const less of [...cases, []]) {
      const text = await seen(less, file, S, P);
      assertAsksNothing(text);
      assertMatch(text, /^not-permitted\r?$/m);
    }
  },
});

Deno.test({
  name: "the operators' command asks nobody for a permission",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    for (const command of ["status", "logs", "stop", "doctor"]) {
      const text = await seen([], CLI, command, box.sockfile);
      assertAsksNothing(text);
      assertStringIncludes(text, "this command lacks --allow-read=");
    }
  },
});
