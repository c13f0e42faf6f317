import { assert, assertEquals, assertThrows } from "@std/assert";
import { Pidfile } from "./pidfile.ts";
import { Sandbox } from "../testing/sandbox.ts";

Deno.test("Pidfile replaces what a killed daemon left, and is removed at the end", async () => {
  await using box = new Sandbox();
  const path = box.write("d.pid", "123456789");
  {
    using _pidfile = new Pidfile(path);
    assertEquals(Deno.readTextFileSync(path), `${Deno.pid}\n`);
  }
  assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
});

Deno.test("Pidfile leaves what is neither a file nor a link", async () => {
  await using box = new Sandbox();
  const directory = box.path("directory");
  Deno.mkdirSync(directory);
  const path = box.path("d.sock");
  using _listener = Deno.listen({ transport: "unix", path });
  for (const path of [directory, box.path("d.sock")]) {
    const error = assertThrows(
      () => new Pidfile(path),
      Deno.errors.AlreadyExists,
      `Cannot write the pidfile "${path}"`,
    );
    assert(error.message.endsWith("or choose another path"));
  }
  assert(Deno.lstatSync(directory).isDirectory);
  assert(Deno.lstatSync(path).isSocket);
});

Deno.test("Pidfile tells why it could not be written, whatever else is denied", async () => {
  await using box = new Sandbox();
  const path = box.path("d.pid");
  const { removeSync } = Deno;
  const { prototype } = Deno.FsFile;
  const { writeSync } = prototype;
  using _restored = {
    [Symbol.dispose]() {
      Deno.removeSync = removeSync;
      prototype.writeSync = writeSync;
    },
  };
  prototype.writeSync = () => {
    throw Object.assign(new Error("No space left"), { code: "ENOSPC" });
  };
  Deno.removeSync = () => {
    throw new Error("Read-only file system");
  };
  assertThrows(
    () => new Pidfile(path),
    Error,
    `Cannot write the pidfile "${path}": No space left; make room for it`,
  );
});
