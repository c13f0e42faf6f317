import { assertEquals } from "@std/assert";
import { identify, isLocked, openLockfile } from "./lockfile.ts";
import { Sandbox } from "./testing/sandbox.ts";

Deno.test("isLocked() looks at a lock that cannot be opened to be written", async () => {
  await using box = new Sandbox();
  const path = `${box.sockfile}.lock`;
  using lock = openLockfile(path, box.sockfile).file;
  const { openSync } = Deno;
  using _restored = { [Symbol.dispose]: () => Deno.openSync = openSync };
  Deno.openSync = (path, options) => {
    if (options?.write) throw new Error("Read-only file system (os error 30)");
    return openSync(path, options);
  };
  assertEquals(isLocked(path), false);
  lock.lockSync(true);
  assertEquals(isLocked(path), true);
});

Deno.test("identify() is of no use, and no obstacle, where a socket cannot be looked at", async () => {
  await using box = new Sandbox();
  const file = box.write("file", "");
  assertEquals(identify(`${file}/d.sock`), undefined);
  assertEquals(identify(box.sockfile), undefined);
});
