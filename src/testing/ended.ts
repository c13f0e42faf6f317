/** How long to wait for a process in vain before the test fails, in milliseconds. */
const LIMIT = 30_000;

/**
 * Resolves when a process has ended by itself. One that does not is killed
 * after a long while, so that its test fails and does not hang.
 */
export async function ended(
  process: Deno.ChildProcess | undefined,
): Promise<Deno.CommandStatus> {
  if (process === undefined) throw new Error("There is no process");
  process.ref();
  const timer = setTimeout(() => process.kill("SIGKILL"), LIMIT);
  try {
    return await process.status;
  } finally {
    clearTimeout(timer);
  }
}
