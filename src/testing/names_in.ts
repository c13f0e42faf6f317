/** The names in a folder, sorted. */
export function namesIn(dir: string): string[] {
  return Array.from(Deno.readDirSync(dir), ({ name }) => name).sort();
}
