/** How many descriptors a process has open. */
export function descriptors(pid: number): number {
  return Array.from(Deno.readDirSync(`/proc/${pid}/fd`)).length;
}
