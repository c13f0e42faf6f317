/** Whether a program can be run here, and ends well with these arguments. */
export async function has(
  program: string,
  ...args: string[]
): Promise<boolean> {
  try {
    const { code } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return code === 0;
  } catch {
    return false;
  }
}
