// What the kernel knows of processes: Linux only.

/** The clock ticks of `/proc/PID/stat`, of which Linux has this many a second everywhere. */
const TICKS = 100;

/** The memory of a process that is in use, in KiB. */
export function resident(pid: number): number {
  return statusField(pid, "VmRSS");
}

/** The most memory that a process had since {@linkcode forgetPeak}, in KiB. */
export function peak(pid: number): number {
  return statusField(pid, "VmHWM");
}

/** Lets {@linkcode peak} begin anew. */
export function forgetPeak(pid: number): void {
  Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** The CPU time of all threads of a process, its own and the kernel's for it, in seconds. */
export function cpuTime(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Which processes have `variable` in their environment, as `value` or a path in it. */
export function processesIn(variable: string, value: string): number[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name))
    .filter((pid) => pid > 0 && isIn(pid, variable, value));
}

/** Whether one of them still runs, and is what it was. */
export function isIn(pid: number, variable: string, value: string): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0")
      .some((entry) => `${entry}/`.startsWith(`${variable}=${value}/`));
  } catch {
    return false; // it has ended, or is somebody else's
  }
}

function statusField(pid: number, name: string): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status);
  if (found === null) throw new Error(`Cannot measure ${pid}: it has ended`);
  return Number(found[1]);
}
