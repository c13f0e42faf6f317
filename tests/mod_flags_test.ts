// What a command needs to be permitted: the lines of the README's table, as they
// are pasted into a shell, and each of them with something taken away.
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { AutodOptions } from "../mod.ts";
import type { Answered, Failed } from "../src/testing/command.ts";
import { counterIn } from "../src/testing/counter.ts";
import { namesIn } from "../src/testing/names_in.ts";
import {
  flagsIn,
  lessOne,
  readmeFlags,
  runPasted,
  withDenoPath,
} from "../src/testing/pasted.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const TO_CONNECT = "connect with `autod`, and never";
const TO_START = "connect with `autod`, or start";

/** Lets a command add 1 to the counter of a socket. */
async function answerOf(
  box: Sandbox,
  flags: string[],
  options: Partial<AutodOptions> = {},
): Promise<Answered> {
  const told = await runPasted(box, flags.join(" "), {
    options: { ...counterIn(box), ...options },
    calls: [["add", 1]],
  });
  assertEquals(told.event, "answered", Deno.inspect(told));
  return told as Answered;
}

/** The message of a command that is to lack a permission, and to touch nothing. */
async function refusalOf(
  box: Sandbox,
  flags: string[],
  options: Partial<AutodOptions> = {},
): Promise<string> {
  const files = () => namesIn(box.dir).filter((name) => name.includes(".sock"));
  const before = files();
  const told = await runPasted(box, flags.join(" "), {
    options: { ...counterIn(box), ...options },
  });
  const { name, code, message } = told as Failed;
  assertEquals([name, code], ["AutodError", "not-permitted"]);
  assertEquals(files(), before);
  return message;
}

Deno.test("autod() starts the daemon and connects to it with the flags of the README", async () => {
  await using box = new Sandbox();
  const S = box.sockfile;
  const cold = await answerOf(box, readmeFlags(TO_START, { S }));
  assertEquals([cold.spawned, cold.answers], [true, [1]]);
  const warm = await answerOf(box, readmeFlags(TO_CONNECT, { S }));
  assertEquals([warm.spawned, warm.answers], [false, [2]]);
});

Deno.test("autod() takes a directory of its own that is reached through a link", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(box.path("real"), { mode: 0o700 });
  Deno.symlinkSync(box.path("real"), box.path("link"));
  const D = box.path("link");
  const sockfile = `${D}/d.sock`;
  const least = readmeFlags(TO_START, { S: sockfile });
  const forms = [[...least, `--allow-read=${D}`, `--allow-write=${D}`], [
    "--allow-all",
  ]];
  for (const flags of forms) {
    const cold = await answerOf(box, flags, { sockfile });
    assertEquals([cold.spawned, cold.answers], [true, [1]]);
    const S = box.path("real/d.sock");
    const toConnect = readmeFlags(TO_CONNECT, { S });
    const warm = await answerOf(box, toConnect, { sockfile: S });
    assertEquals([warm.spawned, warm.answers], [false, [2]]);
    await box.stop(sockfile);
  }
});

Deno.test("autod() names the real path where it may not see whose directory a link leads to", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(box.path("real"), { mode: 0o700 });
  Deno.symlinkSync(box.path("real"), box.path("link"));
  const sockfile = box.path("link/d.sock");
  const flags = readmeFlags(TO_START, { S: sockfile }).join(" ");
  const told = await runPasted(box, flags, {
    options: { ...counterIn(box), sockfile },
  });
  const { code, message } = told as Failed;
  assertEquals(code, "unsafe-place");
  assertStringIncludes(
    message,
    `is reached through a link, and is "${box.path("real/d.sock.spawn")}"`,
  );
});

Deno.test("autod() names each flag that a command lacks to start the daemon, and the whole line", async () => {
  await using box = new Sandbox();
  const S = box.sockfile;
  const flags = readmeFlags(TO_START, { S });
  const cases = lessOne(flags);
  assertEquals(cases.length, 8);
  for (const { less, lacks } of cases) {
    const message = await refusalOf(box, less);
    // What it lacks to connect is told first.
    const first = lacks.replace(`,${S}.spawn`, "");
    assertStringIncludes(message, ` lacks ${withDenoPath(first)};`);
    const isHeld = less.includes("--allow-run=deno");
    const line = isHeld ? flags : flags.map(withDenoPath);
    assertEquals(flagsIn(message), line.join(" "));
  }
  const { spawned } = await answerOf(box, flags.map(withDenoPath));
  assertEquals(spawned, true);
});

Deno.test("autod() names each flag that a command lacks to connect", async () => {
  await using box = new Sandbox();
  const S = box.sockfile;
  const start = readmeFlags(TO_START, { S });
  await answerOf(box, start);
  const connect = readmeFlags(TO_CONNECT, { S });
  const cases = lessOne(connect);
  assertEquals(cases.length, 3);
  for (const { less, lacks } of cases) {
    const never = await refusalOf(box, less, { spawn: false });
    assertStringIncludes(never, `this command lacks ${lacks};`);
    assertEquals(flagsIn(never), connect.join(" "));
    const message = await refusalOf(box, less);
    assertStringIncludes(message, `this command lacks ${lacks};`);
    assertEquals(flagsIn(message), start.map(withDenoPath).join(" "));
  }
});

Deno.test("autod() tells a command without flags what it needs, ready to paste whatever the path", async () => {
  await using box = new Sandbox();
  for (const name of ["a b", "it's", '"', "$HOME", "`id`", "a;b&", "é*?"]) {
    const options = { sockfile: box.path(`${name}.sock`) };
    const message = await refusalOf(box, [], options);
    const { spawned } = await answerOf(box, [flagsIn(message)], options);
    assertEquals(spawned, true);
  }
});

Deno.test("autod() names the program of execPath if that may not be run", async () => {
  await using box = new Sandbox();
  const execPath = box.write("my deno", `#!/bin/sh\nexec deno "$@"\n`);
  Deno.chmodSync(execPath, 0o700);
  const flags = readmeFlags(TO_START, { S: box.sockfile });
  const message = await refusalOf(box, flags, { execPath });
  assertStringIncludes(message, ` lacks '--allow-run=${execPath}';`);
  const line = [flagsIn(message)];
  const { spawned } = await answerOf(box, line, { execPath });
  assertEquals(spawned, true);
});
