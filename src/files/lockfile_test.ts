import { assertEquals } from "@std/assert";
import { identify, isLocked, openLockfile, readNote } from "./lockfile.ts";
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

Deno.test("readNote() takes no number for a process that is none", async () => {
  await using box = new Sandbox();
  const path = box.write("d.sock.spawn", "");
  const note = (text: string) => {
    Deno.writeTextFileSync(path, text);
    return readNote(path);
  };
  const failure = "It broke";
  const whole = { pid: 4, starter: 5, failure };
  assertEquals(note(JSON.stringify(whole)), whole);
  for (const wrong of [-1, 0, 1.5, "5", null]) {
    const { pid, starter } = note(
      JSON.stringify({ pid: wrong, starter: wrong }),
    );
    assertEquals([pid, starter], [undefined, undefined], `${wrong}`);
  }
  for (const text of ["{", "", "null", "5"]) {
    assertEquals(note(text).pid, undefined);
  }
});
