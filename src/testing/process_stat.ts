/** What the kernel tells of a process: its state, and the numbers that follow. */
export function statOf(pid: number): string[] {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name before may hold anything, also spaces and parentheses.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
