import { assertMatch } from "@std/assert";
import { runDeno } from "../testing/command.ts";
import { Sandbox } from "../testing/sandbox.ts";

Deno.test("Log begins a line of its own behind one that was cut, and says that some were lost", async () => {
  await using box = new Sandbox();
  const path = box.path("log");
  const script = box.write(
    "write.ts",
    `import { Log } from ${JSON.stringify(import.meta.resolve("./log.ts"))};
    const log = new Log(${JSON.stringify(path)}, ${
      JSON.stringify(box.sockfile)
    });
    log.write("first");
    const { prototype } = Deno.FsFile;
    const { writeSync } = prototype;
    prototype.writeSync = function (bytes) {
      writeSync.call(this, bytes.subarray(0, 4));
      throw new Error("No space left on device (os error 28)");
    };
    log.write("second");
    prototype.writeSync = writeSync;
    log.write("third");
    log.write("fourth");`,
  );
  const { stderr } = await runDeno(["run", "--allow-all", script]);
  assertMatch(stderr, /^$/);
  const stamp = String.raw`\d{4}-\S+Z \d+`;
  assertMatch(
    Deno.readTextFileSync(path),
    new RegExp(
      `^${stamp} first\n\\d{4}\n${stamp} Lines before this were lost\n${stamp} third\n${stamp} fourth\n$`,
    ),
  );
});
