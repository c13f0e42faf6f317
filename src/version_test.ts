import { assertEquals } from "@std/assert";
import { isSameVersion } from "./version.ts";

const URL = "file:///iface.ts";
const startedAt = "1970-01-01T00:00:05Z";

Deno.test("isSameVersion() tells a file from one that took its place", () => {
  const version = `${URL}#mtime=1000,2000,70,1`;
  const same = (wanted: string) =>
    isSameVersion({ version, startedAt }, wanted);
  assertEquals(same(version), true);
  assertEquals(same(URL), true); // a command that may not read it
  for (const file of ["1001,2000,70,1", "1000,3000,70,1", "1000,2000,70,2"]) {
    assertEquals(same(`${URL}#mtime=${file}`), false, file);
  }
  assertEquals(same(`file:///other.ts#mtime=1000,2000,70,1`), false);
});

Deno.test("isSameVersion() tells by both times of a file whether it has changed since a blind start", () => {
  const same = (times: string) =>
    isSameVersion({ version: URL, startedAt }, `${URL}#mtime=${times},70,1`);
  assertEquals(same("4000,4000"), true);
  assertEquals(same("6000,4000"), false);
  assertEquals(same("4000,6000"), false);
});

Deno.test("isSameVersion() compares versions that an author has given as they are", () => {
  const same = (version: string, wanted: string) =>
    isSameVersion({ version, startedAt }, wanted);
  assertEquals(same("1#mtime=1", "1#mtime=1"), true);
  assertEquals(same("1", "1#mtime=1"), false);
  assertEquals(same("1#mtime=1", "1"), false);
});
