import { descriptors } from "../src/testing/descriptors.ts";

/** Sends a signal to a process, which may have ended by then. */
export function sendSignal(pid: number | undefined, name: Deno.Signal): void {
  if (pid === undefined) return;
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What the kernel knows of a process that should do something and does not. */
export function describeProcess(pid: number): string {
  const state = read(`/proc/${pid}/status`).split("\n")
    .filter((line) => /^(State|SigQ|Threads|SigPnd|ShdPnd)/.test(line));
  return `${state.join(", ")}, ${read(`/proc/${pid}/wchan`)}\n${
    descriptorsOf(pid).join("\n")
  }`;
}

/** What the descriptors of a process lead to; none if it has ended. */
export function descriptorsOf(pid: number): string[] {
  try {
    return descriptors(pid);
  } catch {
    return [];
  }
}

/** The unix sockets that a process has at a path: how many listen, and how many are connected. */
export function socketsAt(
  path: string,
  pid: number,
): { listening: number; connected: number } {
  const own = new Set(
    descriptorsOf(pid).flatMap((one) =>
      /socket:\[(\d+)\]/.exec(one)?.[1] ?? []
    ),
  );
  const found = read("/proc/net/unix").split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[7] === path && own.has(fields[6]));
  const listening = found.filter((fields) => fields[3] === LISTENING).length;
  return { listening, connected: found.length - listening };
}

/** The flag of a socket that listens. */
const LISTENING = "00010000";

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return "";
  }
}

/** How many sockets and pipes this process has open. */
export function countOwn(): number {
  return descriptors(Deno.pid).filter((one) => /socket:|pipe:/.test(one))
    .length;
}
