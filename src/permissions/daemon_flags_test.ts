import { assertEquals } from "@std/assert";
import { daemonFlags, USUAL_HOSTS } from "./daemon_flags.ts";
import { rulesOf } from "./rules.ts";
import { runDeno } from "../testing/command.ts";
import { Sandbox } from "../testing/sandbox.ts";

Deno.test("USUAL_HOSTS are those that Deno lets code be imported from", async () => {
  const { stdout } = await runDeno(["run", "--help=full"]);
  const [, list] = /--allow-import[^]*?Default value: (\S+)/.exec(stdout) ?? [];
  assertEquals(USUAL_HOSTS, list?.split(","));
});

Deno.test("daemonFlags() names no real path that has a comma, of which a part would be granted", async () => {
  await using box = new Sandbox();
  const link = box.path("link");
  Deno.mkdirSync(box.path("a,b"));
  Deno.symlinkSync(box.path("a,b"), link);
  const sockfile = `${link}/d.sock`;
  const rpcfile = "file:///nowhere/iface.ts";
  const paths = { sockfile, logfile: `${sockfile}.log`, rpcfile };
  const flags = daemonFlags(rulesOf("none", paths), paths);
  assertEquals(flags.filter((flag) => flag.includes(`${box.dir}/a`)), []);
  assertEquals(flags.length, 3);
});
