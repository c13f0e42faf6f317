import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { autod, type DaemonPermissions } from "../mod.ts";
import { counterIn } from "../src/testing/counter.ts";
import { namesIn } from "../src/testing/names_in.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

// Permissions that are wrong, and what the message has to say of it.
const WRONG: [permissions: Record<string, unknown>, ...parts: string[]][] = [
  [{ bogus: true }, 'Cannot grant "bogus"', "only all, read, write, net"],
  [{ allowRead: true }, 'Cannot grant "allowRead"'],
  [{ hasOwnProperty: true }, 'Cannot grant "hasOwnProperty"'],
  [{ all: "yes" }, 'Cannot grant "all"', "true or false"],
  [{ read: "/etc" }, 'Cannot grant "read"', "a list"],
  [{ read: null }, 'Cannot grant "read"'],
  [{ read: 1 }, 'Cannot grant "read"'],
  [{ read: new Set(["/etc"]) }, 'Cannot grant "read"'],
  [{ read: new URL("file:///etc") }, 'Cannot grant "read"'],
  [{ read: { allow: "/etc" } }, 'Cannot grant "read"'],
  [{ read: { allowed: ["/etc"] } }, 'Cannot grant "read"', "{ allow, deny }"],
  [{ read: { deny: null } }, 'Cannot grant "read"'],
  [{ read: [5] }, 'Cannot grant "read"', "strings or URLs"],
  [{ read: [""] }, 'Cannot grant "read"', "none of them empty"],
  [{ read: [, "/etc"] }, 'Cannot grant "read"'],
  [{ read: [["/etc"]] }, 'Cannot grant "read"'],
  [{ read: ["a\0b"] }, '"read"'],
  [{ read: [new URL("https://example.com")] }, '"read"', "file: URL"],
  [{ write: ["/tmp/a,b"] }, '"write"', '"/tmp/a,b"', "splits", "comma"],
  [{ write: { deny: ["/tmp/a,b"] } }, '"write"', "comma"],
  [{ net: ["a.com,b.com"] }, '"net"', "comma"],
  [{ net: [new URL("https://a.com")] }, 'Cannot grant "net"', "strings"],
  [{ net: ["https://a.com"] }, 'Cannot grant "net"', "none of them a URL"],
  [{ import: ["https://a.com/b.ts"] }, 'Cannot grant "import"', "a URL"],
  [{ env: ["A=B"] }, 'Cannot grant "env"', "without values"],
  [{ env: [""] }, 'Cannot grant "env"'],
  [{ env: ["A\0B"] }, '"env"'],
  [{ run: [5] }, 'Cannot grant "run"'],
  [{ run: ["a,b"] }, '"run"', "comma"],
  [{ sys: ["hostname,cpus"] }, '"sys"', "comma"],
  [{ ffi: ["a,b"] }, '"ffi"', "comma"],
  [{ import: ["a.com,b.com"] }, '"import"', "comma"],
];

for (const [permissions, ...parts] of WRONG) {
  Deno.test(`autod() rejects permissions: ${Deno.inspect(permissions)}`, async () => {
    await using box = new Sandbox();
    const { onProcess } = box;
    const options = { ...counterIn(box), onProcess };
    const wrong = {
      ...options,
      permissions: permissions as DaemonPermissions,
    };
    const error = await assertRejects(() => autod(wrong), TypeError);
    for (const part of parts) assertStringIncludes(error.message, part);
    assertEquals(namesIn(box.dir), ["counter.ts"]);
  });
}

Deno.test("autod() rejects wrong permissions although the daemon runs already", async () => {
  await using box = new Sandbox();
  const { onProcess } = box;
  const options = { ...counterIn(box), onProcess };
  await using daemon = await autod(options);
  for (const [permissions] of WRONG) {
    const wrong = permissions as DaemonPermissions;
    await assertRejects(
      () => autod({ ...options, permissions: wrong }),
      TypeError,
      undefined,
      Deno.inspect(permissions),
    );
  }
  assertEquals(await daemon.rpc.add(1), 1);
});

Deno.test("autod() refuses to deny the daemon what it cannot do without", async () => {
  await using box = new Sandbox();
  const { dir, sockfile, onProcess } = box;
  const pidfile = box.path("d.pid");
  const options = { ...counterIn(box), onProcess, pidfile };
  const denials: [keyof DaemonPermissions, string][] = [
    ["read", sockfile],
    ["read", dir],
    ["read", `${dir}/`],
    ["read", "/"],
    ["read", `${sockfile}.lock`],
    ["write", `${sockfile}.new`],
    ["write", `${sockfile}.log`],
    ["write", pidfile],
    ["net", `unix:${sockfile}`],
  ];
  for (const [kind, item] of denials) {
    for (const allow of [true, false]) {
      const permissions = { [kind]: { allow, deny: [item] } };
      await assertRejects(
        () => autod({ ...options, permissions }),
        TypeError,
        `Cannot deny "${kind}"`,
      );
    }
  }
  assertEquals(namesIn(dir), ["counter.ts"]);
  // What is only beside it can be denied.
  const permissions = {
    read: { allow: true, deny: [`${sockfile}.other`, `${dir}/d`, `${dir}x`] },
    net: { allow: true, deny: [`unix:${sockfile}.other`] },
  };
  await using daemon = await autod({ ...options, permissions });
  assertEquals(await daemon.rpc.add(1), 1);
});
