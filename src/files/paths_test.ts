import { assertEquals, assertThrows } from "@std/assert";
import {
  fromFileUrl,
  isPlainFileUrl,
  MAX_SOCKFILE_BYTES,
  toFileUrl,
  toGrantedPath,
  toPath,
  toSockfile,
} from "./paths.ts";

Deno.test("toFileUrl() writes a path as import.meta.resolve() does", () => {
  const path = "/a b/%20/c#d?e/é😀/f+g@h:i,j;k=l&m/n\\o/[p]{q}/iface.ts";
  assertEquals(toFileUrl(path), import.meta.resolve(toFileUrl(path)));
  assertEquals(fromFileUrl(toFileUrl(path)), path);
  assertEquals(toFileUrl("/a+b/c.ts"), "file:///a+b/c.ts");
});

for (
  const [url, isPlain] of [
    ["file:///a/b.ts", true],
    ["file:///a+b/@c/d-e_f.ts", true],
    ["file:///", false],
    ["file:///a/../b.ts", false],
    ["file:///a/./b.ts", false],
    ["file:///a/..", false],
    ["file:///a//b.ts", false],
    ["file:///a%20b.ts", false],
    ["file:///a?b", false],
    ["file:///a#b", false],
    ["file://host/a.ts", false],
    ["FILE:///a.ts", false],
    ["file:///ü.ts", false],
    ["https://a/b.ts", false],
    ["/a/b.ts", false],
  ] as const
) {
  Deno.test(`isPlainFileUrl() knows a URL that is its path: ${url}`, () => {
    assertEquals(isPlainFileUrl(url), isPlain);
    if (isPlain) assertEquals(url, new URL(url).href);
  });
}

Deno.test("toPath() makes a path absolute and resolves its dots", () => {
  const cwd = Deno.cwd();
  assertEquals(toPath("/a/b", "x"), "/a/b");
  assertEquals(toPath("/a//./b/../c/", "x"), "/a/c");
  assertEquals(toPath("/../a", "x"), "/a");
  assertEquals(toPath("a", "x"), `${cwd}/a`);
  assertEquals(toPath("./a/../b", "x"), `${cwd}/b`);
  assertEquals(toPath("/a/.b", "x"), "/a/.b");
  assertEquals(toPath("file:///a%20b", "x"), "/a b");
  assertEquals(toPath(new URL("file:///a%20b"), "x"), "/a b");
});

Deno.test("toPath() refuses what is no path, and names the option", () => {
  const wrong = ["", "a\0b", "file://[", new URL("https://a/b")];
  for (const path of wrong) {
    assertThrows(() => toPath(path, "pidfile"), TypeError, "pidfile");
  }
});

Deno.test("toPath() refuses a URL that says more than a path, and says how to write it", () => {
  const wrong = {
    "file://tmp/d.sock": "three slashes",
    "file:///tmp/a#b": "%23",
    "file:///tmp/a?b": "%3F",
    "file:///tmp/100%": "%25",
    "file:///tmp/%FF": "%25",
    "file:///tmp/%00": "it should be a path",
  };
  for (const [url, remedy] of Object.entries(wrong)) {
    for (const file of [url, new URL(url)]) {
      assertThrows(() => toPath(file, "pidfile"), TypeError, remedy);
      assertThrows(() => toPath(file, "pidfile"), TypeError, "pidfile");
    }
  }
  assertEquals(toPath("file://localhost/tmp/a%23b", "x"), "/tmp/a#b");
});

Deno.test("toGrantedPath() refuses a slash at the end, where a file should be named", () => {
  for (const file of ["/tmp/", "file:///tmp/", new URL("file:///tmp/")]) {
    assertThrows(() => toGrantedPath(file, "logfile"), TypeError, "slash");
  }
});

Deno.test("toGrantedPath() refuses a comma, which no permission can name", () => {
  assertThrows(() => toGrantedPath("/a,b", "logfile"), TypeError, "comma");
});

Deno.test("toSockfile() counts the bytes of a path, not its characters", () => {
  const room = MAX_SOCKFILE_BYTES - 1;
  const longest = `/${"x".repeat(room)}`;
  assertEquals(toSockfile(longest), longest);
  assertThrows(
    () => toSockfile(`${longest}x`),
    TypeError,
    `${MAX_SOCKFILE_BYTES + 1} bytes`,
  );
  const wide = `/${"é".repeat(room / 2)}`;
  assertEquals(toSockfile(wide), wide);
  assertThrows(
    () => toSockfile(`${wide}é`),
    TypeError,
    `${MAX_SOCKFILE_BYTES + 2} bytes`,
  );
});
