// What a process needs to be permitted that serves in the foreground: the lines
// of the README's table, and each of them with something taken away.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { namesIn } from "../src/testing/names_in.ts";
import { flagsIn, lessOne, readmeFlags } from "../src/testing/pasted.ts";
import { sh } from "../src/testing/readme.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

const url = (name: string) => JSON.stringify(import.meta.resolve(name));

// How a process serves: it ends when it was told to close.
const SERVERS = {
  "listen": [
    "serve in the foreground: `listen`",
    `import { listen } from ${url("../listen.ts")};
    const server = listen(() => ({}), { sockfile: Deno.args[0] });`,
  ],
  "listen with a pidfile": [
    "serve in the foreground with a pidfile",
    `import { listen } from ${url("../listen.ts")};
    const [sockfile, pidfile] = Deno.args;
    const server = listen(() => ({}), { sockfile, pidfile });`,
  ],
  "Server.listen": [
    "serve in the foreground: `listen`, `createServer`",
    `import { createServer } from ${url("../server.ts")};
    const server = createServer(() => ({}));
    server.listen(Deno.args[0]);`,
  ],
} as const;

for (const [name, [purpose, code]] of Object.entries(SERVERS)) {
  /** Serves for a moment, or fails. */
  const serve = (box: Sandbox, S: string, P: string, flags: string) => {
    const program = box.write(
      "serve.js",
      `${code}
      try {
        await server.ready;
        console.log("ready");
      } catch ({ name, code, message }) {
        console.log(JSON.stringify({ name, code, message }));
      }
      server.close();
      await server.closed;`,
    );
    const run = `deno run --no-prompt ${flags} ${program} "${S}" "${P}"`;
    return sh(box, run);
  };

  Deno.test(`${name}() serves with the flags of the README`, async () => {
    await using box = new Sandbox();
    const [S, P] = [box.sockfile, box.path("d.pid")];
    const flags = readmeFlags(purpose, { S, P }).join(" ");
    const { stdout, stderr } = await serve(box, S, P, flags);
    assertEquals([stdout, stderr], ["ready\n", ""]);
  });

  Deno.test(`${name}() serves in a directory of its own that is reached through a link`, async () => {
    await using box = new Sandbox();
    Deno.mkdirSync(box.path("real"), { mode: 0o700 });
    Deno.symlinkSync(box.path("real"), box.path("link"));
    const D = box.path("link");
    const [S, P] = [`${D}/d.sock`, `${D}/d.pid`];
    const flags = readmeFlags(purpose, { S, P }).join(" ");
    const refused = await serve(box, S, P, flags);
    assertStringIncludes(refused.stdout, "is reached through a link");
    const own = `${flags} --allow-read=${D} --allow-write=${D}`;
    const { stdout, stderr } = await serve(box, S, P, own);
    assertEquals([stdout, stderr], ["ready\n", ""]);
  });

  Deno.test(`${name}() names each flag that it lacks, and the whole line`, async () => {
    await using box = new Sandbox();
    const [S, P] = [box.sockfile, box.path("d.pid")];
    const flags = readmeFlags(purpose, { S, P });
    const cases = lessOne(flags);
    assertEquals(cases.length, name.includes("pidfile") ? 13 : 11);
    for (const { less, lacks } of cases) {
      const { stdout } = await serve(box, S, P, less.join(" "));
      const error = JSON.parse(stdout);
      assertEquals([error.name, error.code], ["AutodError", "not-permitted"]);
      const { message } = error;
      assertStringIncludes(message, `Cannot listen on "${S}": `);
      assertStringIncludes(message, `this process lacks ${lacks};`);
      assertEquals(flagsIn(message), flags.join(" "));
    }
    const left = namesIn(box.dir).filter((name) => name.startsWith("d."));
    assertEquals(left, []);
  });

  Deno.test(`${name}() tells a process without flags what it needs, ready to paste`, async () => {
    await using box = new Sandbox();
    const [S, P] = [box.path("it's a `d`.sock"), box.path("a b.pid")];
    const quoted = S.replaceAll("`", "\\`");
    const { stdout } = await serve(box, quoted, P, "");
    const line = flagsIn(JSON.parse(stdout).message);
    const again = await serve(box, quoted, P, line);
    assertEquals([again.stdout, again.stderr], ["ready\n", ""]);
  });
}
