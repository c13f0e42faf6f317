/** What the descriptors of a process lead to. */
export function descriptors(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .map((name) => `${name} ${readLink(`${folder}/${name}`)}`);
}

function readLink(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "closed";
  }
}
