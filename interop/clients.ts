import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { autod } from "../mod.ts";
import { runProgram } from "../src/testing/command.ts";
import { Sandbox } from "../src/testing/sandbox.ts";

/** Of all lengths of UTF-8, more than a read takes, and with what some take for the end of a line. */
export const TEXT = "Zwölf Boxkämpfer,\u2028 ein €,\r\n ein 𝄞 ".repeat(1500);

/** The URL of the iface that the clients expect. */
export const IFACE = import.meta.resolve("./iface.ts");

/** The path of a file in `clients/`. */
export function clientPath(name: string): string {
  return fromFileUrl(new URL(`clients/${name}`, import.meta.url));
}

/** Starts a daemon at the sandbox's socket, which goes on without this client. */
export async function startDaemon(
  box: Sandbox,
  rpcfile: string = IFACE,
): Promise<void> {
  const { sockfile, onProcess } = box;
  const options = { rpcfile, sockfile, onProcess, methods: [] };
  await using _daemon = await autod(options);
}

/** Lets one of `clients/` talk to a daemon, and resolves to what became of its calls, line by line. */
export async function runClient(
  program: "node" | "python3",
  client: string,
): Promise<unknown[]> {
  await using box = new Sandbox();
  await startDaemon(box);
  const args = [clientPath(client), box.sockfile, TEXT];
  const { code, stdout, stderr } = await runProgram(program, args);
  assertEquals(code, 0, stderr);
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

/** What becomes of the calls that every client makes, but those that take objects alone. */
export const OUTCOMES = {
  positional: 19,
  named: 19,
  without: ["hello", 5],
  nothing: null,
  text: { args: [TEXT] },
  heard: { heard: [[1, 2], [3], [7]] },
  missing: { code: -32601 },
  wrongParams: { code: -32602 },
  thrown: {
    code: -32000,
    message: "Nothing is left",
    name: "RangeError",
    shelf: 7,
  },
};
