import { has } from "../src/testing/has.ts";

/** What a test can need of the machine, and how to see that it is there. */
const PROGRAMS = {
  // Where there is none, Deno puts itself on the PATH by that name.
  node: ["node", "-e", "process.exit(typeof Deno === 'object' ? 1 : 0)"],
  socat: ["socat", "-V"],
  nc: ["sh", "-c", "nc -h 2>&1 | grep -q -e -U"],
  "systemd-analyze": ["systemd-analyze", "--version"],
  python3: ["python3", "-c", "import socket; socket.AF_UNIX"],
} as const;

/** Why a test that needs a program cannot be run here, or `undefined` if it can. */
export async function lack(
  name: keyof typeof PROGRAMS,
): Promise<string | undefined> {
  const [program, ...args] = PROGRAMS[name];
  if (!await has(program, ...args)) return `there is no ${name}`;
}

/** Defines a test. What it lacks is told in its name, and it is left out. */
export function testUnless(
  lacking: string | undefined,
  name: string,
  fn: () => Promise<void>,
): void {
  if (lacking === undefined) Deno.test(name, fn);
  else Deno.test.ignore(`${name} (left out: ${lacking})`, fn);
}
