import { assertEquals } from "@std/assert";
import { Sandbox } from "../testing/sandbox.ts";
import { isSameVersion } from "./version.ts";

const URL = "file:///iface.ts";

Deno.test("isSameVersion() tells a file from one that took its place", () => {
  const version = `${URL}#mtime=1000,70,1`;
  const startedAt = new Date().toISOString();
  const same = (wanted: string) =>
    isSameVersion({ version, startedAt }, wanted);
  assertEquals(same(version), true);
  assertEquals(same(URL), true); // a command that may not read it
  for (const file of ["1001,70,1", "1000,71,1", "1000,70,2"]) {
    assertEquals(same(`${URL}#mtime=${file}`), false, file);
  }
  assertEquals(same(`file:///other.ts#mtime=1000,70,1`), false);
});

Deno.test("isSameVersion() asks whether a file was put in its place since a blind start, whatever its time", async () => {
  await using box = new Sandbox();
  const url = `file://${box.write("iface.ts", "")}`;
  Deno.utimeSync(box.path("iface.ts"), 1, 1);
  const same = (startedAt: number) =>
    isSameVersion(
      { version: url, startedAt: new Date(startedAt).toISOString() },
      `${url}#mtime=1000,0,1`,
    );
  const now = Date.now();
  assertEquals(same(now - 60_000), false);
  assertEquals(same(now), false); // Deno knows no more than the second
  assertEquals(same(now + 60_000), true);
});

Deno.test("isSameVersion() compares versions that an author has given as they are", () => {
  const startedAt = new Date().toISOString();
  const same = (version: string, wanted: string) =>
    isSameVersion({ version, startedAt }, wanted);
  assertEquals(same("1#mtime=1", "1#mtime=1"), true);
  assertEquals(same("1", "1#mtime=1"), false);
  assertEquals(same("1#mtime=1", "1"), false);
});
