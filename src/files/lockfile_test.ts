import { assertEquals } from "@std/assert";
import { identify, isLocked, openLockfile, readStart } from "./lockfile.ts";
import { Sandbox } from "../testing/sandbox.ts";

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

Deno.test("readStart() takes no number for a process that is none", async () => {
  await using box = new Sandbox();
  const { sockfile } = box;
  const path = box.write("d.sock.spawn", "");
  const note = (text: string) => {
    Deno.writeTextFileSync(path, text);
    return readStart(sockfile);
  };
  const failure = "It broke";
  const whole = { starter: 5, failure };
  assertEquals(note(JSON.stringify(whole)), whole);
  for (const starter of [-1, 0, 1.5, "5", null]) {
    const { starter: pid } = note(JSON.stringify({ starter, failure }));
    assertEquals(pid, undefined, `${starter}`);
  }
  assertEquals(note("{"), { starter: undefined, failure: undefined });
});
