/** The ids of the process group and the session of a process, and its terminal (0: none). */
export interface ProcessGroup {
  readonly group: number;
  readonly session: number;
  readonly terminal: number;
}

/** Looks up what a process belongs to. */
export function processGroupOf(pid: number): ProcessGroup {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name before may hold anything, also spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [, , group, session, terminal] = fields.map(Number);
  return { group, session, terminal };
}
