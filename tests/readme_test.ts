import { assert, assertEquals, assertRejects } from "@std/assert";
import { autod, type AutodOptions, RpcError } from "../mod.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

/** What the library says: its sources, without the breaks that templates have. */
const SOURCES = await readSources(new URL("../src/", import.meta.url));

async function readSources(folder: URL): Promise<string> {
  let text = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name === "testing" || name.endsWith("_test.ts")) continue;
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    text += isDirectory ? await readSources(url) : Deno.readTextFileSync(url);
  }
  return text;
}

const README = Deno.readTextFileSync(new URL("../README.md", import.meta.url));

for (const message of messages()) {
  Deno.test(`README.md explains a message that there is: ${message}`, async () => {
    assert(SOURCES.includes(message) || (await denied()).includes(message));
  });
}

/** What Deno tells a daemon to do that may not do what its method does. */
async function denied(): Promise<string> {
  await using box = new Sandbox();
  const code = "export default () => ({ read: () => Deno.readDirSync('/') });";
  await using daemon = await autod({
    rpcfile: box.write("iface.ts", code),
    sockfile: box.sockfile,
    onProcess: box.onProcess,
    methods: ["read"],
  });
  const { message } = await assertRejects(() => daemon.rpc.read(), RpcError);
  return message;
}

/** The messages of the section on troubleshooting. */
function messages(): string[] {
  const section = README.split("\n## ")
    .find((text) => text.startsWith("Troubleshooting\n"));
  return Array.from(
    section!.matchAll(/^\| `(.+?)` /gm),
    ([, message]) => message,
  );
}

/** What the table of contents and other places of the README lead to. */
for (const [, anchor] of README.matchAll(/\]\(#([\w-]+)\)/g)) {
  Deno.test(`README.md has the section that it leads to: ${anchor}`, () => {
    const heading = new RegExp(
      `^#+ ${anchor.replaceAll("-", "[ -]")}$`,
      "mi",
    );
    assert(heading.test(README));
  });
}

Deno.test("README.md has each option of autod(), and no other", async () => {
  const wrong = { wrong: true } as unknown as AutodOptions;
  const { message } = await assertRejects(() => autod(wrong), TypeError);
  const known = message.split(", only ")[1].split(", ");
  const rows = (heading: string) => {
    const section = README.split(`\n## ${heading}\n`)[1].split("\n## ")[0];
    return Array.from(section.matchAll(/^\| `(\w+)` /gm), ([, name]) => name);
  };
  const shown = [...rows("Options"), ...rows("Limits")];
  assertEquals(shown.toSorted(), known.toSorted());
});
