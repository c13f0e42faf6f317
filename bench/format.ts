/** Formats a file as all of the project is. */
export async function format(path: string): Promise<void> {
  const args = ["fmt", "--quiet", path];
  await new Deno.Command(Deno.execPath(), { args }).output();
}
