import { assertEquals } from "@std/assert";
import { USUAL_HOSTS } from "./daemon_flags.ts";
import { runDeno } from "../testing/command.ts";

Deno.test("USUAL_HOSTS are those that Deno lets code be imported from", async () => {
  const { stdout } = await runDeno(["run", "--help=full"]);
  const [, list] = /--allow-import[^]*?Default value: (\S+)/.exec(stdout) ?? [];
  assertEquals(USUAL_HOSTS, list?.split(","));
});
