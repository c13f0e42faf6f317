import { assert } from "@std/assert";
import { runDeno } from "../testing/command.ts";
import { Sandbox } from "../testing/sandbox.ts";

Deno.test("Sessions that have ended are collected with what is young, after others that have grown old", async () => {
  await using box = new Sandbox();
  const script = box.write(
    "sessions.js",
    `import { Sessions } from "${import.meta.resolve("./sessions.ts")}";
    const sessions = new Sessions("instance");
    const ends = [];
    const serve = () =>
      sessions.serve((id) => {
        const end = Promise.withResolvers();
        ends.push(end.resolve);
        return { id, closed: end.promise, memory: new Array(1000).fill(0) };
      });
    const collectYoung = () => gc({ type: "minor" });
    for (let i = 0; i < 8; i++) serve();
    for (let i = 0; i < 4; i++) collectYoung();
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < 2000; i++) {
      serve();
      ends.shift()();
      await undefined;
      if (i % 50 === 0) collectYoung();
    }
    collectYoung();
    console.log(Deno.memoryUsage().heapUsed - before);`,
  );
  const { stdout, stderr } = await runDeno([
    "run",
    "--v8-flags=--expose-gc",
    script,
  ]);
  const grown = Number(stdout);
  assert(grown < 2_000_000, `${stdout} bytes of 16,000,000; ${stderr}`);
});
