import { clientPath } from "./clients.ts";

/** How long npm may take, in milliseconds. */
const TIMEOUT = 120_000;

// What it has stored is as good: the lock file has the hash of each package.
const ARGS = "ci --prefer-offline --ignore-scripts --no-audit --no-fund";

/**
 * Installs the packages that the clients use, unless they are there: once for
 * all tests that need them at a time.
 *
 * @returns Why they cannot be had, or `undefined` if they can.
 */
export async function installPackages(): Promise<string | undefined> {
  const lockFile = clientPath("package-lock.json");
  // A copy of what was installed, as npm leaves none that is the same.
  const installedFile = clientPath("node_modules/.installed.json");
  using file = await Deno.open(lockFile);
  await file.lock(true);
  const wanted = await Deno.readTextFile(lockFile);
  if (await textOf(installedFile) === wanted) return;
  const failure = await npmCi();
  if (failure === undefined) await Deno.writeTextFile(installedFile, wanted);
  return failure;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function npmCi(): Promise<string | undefined> {
  try {
    const { code, stderr } = await new Deno.Command("npm", {
      args: ARGS.split(" "),
      cwd: clientPath(""),
      stdin: "null",
      signal: AbortSignal.timeout(TIMEOUT),
    }).output();
    if (code === 0) return;
    const [line] = new TextDecoder().decode(stderr).match(/^npm error.*/m) ??
      [`npm ended with code ${code}`];
    return line;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no npm";
    throw error;
  }
}
