// Other users, for tests that run as root: files are given away, and root
// without its powers is a user like any other.
import {
  type Failed,
  type Job,
  jobArgs,
  type Output,
  runProgram,
} from "./command.ts";
import { has } from "./has.ts";

/** The id of a user that no test runs as. */
export const OTHER = 65534;

/** Whether this process may give files to others. */
export const isRoot = Deno.uid() === 0;

/** A program and its arguments, which runs another as root without the powers of root. */
export const WITHOUT_POWERS: readonly [program: string, ...args: string[]] = [
  "setpriv",
  "--bounding-set=-all",
  "--inh-caps=-all",
];

/** Whether {@linkcode failureWithoutPowers} works here. */
export const canDropPowers = isRoot && await has(...WITHOUT_POWERS, "true");

/** Gives a file to another user. */
export function giveAway(path: string): void {
  Deno.chownSync(path, OTHER, null);
}

/** As `runDeno`, for a process of root's that has no powers of root's. */
export function runWithoutPowers(args: string[]): Promise<Output> {
  const [program, ...rest] = [...WITHOUT_POWERS, Deno.execPath(), ...args];
  return runProgram(program, rest);
}

/** As `failureOf`, for a command without powers. */
export async function failureWithoutPowers(
  job: Job,
  flags: readonly string[],
): Promise<Failed> {
  const { stdout, stderr } = await runWithoutPowers(jobArgs(job, flags));
  if (stdout === "") throw new Error(`The command said nothing: ${stderr}`);
  return JSON.parse(stdout);
}
