import { join } from "@std/path";

const HERE = join(import.meta.dirname!, "peers");

/** The path of a file of the peers' side. */
export function peerFile(name: string): string {
  return join(HERE, name);
}

/** Installs the peers from npm, at the versions of the lock file, if they are not there. */
export async function installPeers(signal: AbortSignal): Promise<void> {
  await install(HERE, signal);
}

/** Installs node 24 from npm, and returns its path, or `undefined` where it cannot be had. */
export async function installNode24(
  signal: AbortSignal,
): Promise<string | undefined> {
  const folder = peerFile("node24");
  const program = join(folder, "node_modules/node/bin/node");
  try {
    await install(folder, signal);
    Deno.statSync(program);
    return program;
  } catch (error) {
    console.error(`Without node 24: ${error}`);
    return undefined;
  }
}

async function install(folder: string, signal: AbortSignal): Promise<void> {
  const lock = Deno.statSync(join(folder, "package-lock.json")).mtime!;
  if (lock <= installedAt(folder)) return;
  const npm = new Deno.Command("npm", {
    args: ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    detached: true,
  }).spawn();
  // With all that it has started itself.
  const kill = () => Deno.kill(-npm.pid, "SIGKILL");
  signal.addEventListener("abort", kill);
  const { success, stderr } = await npm.output();
  signal.removeEventListener("abort", kill);
  if (success) return;
  throw new Error(
    `Cannot install what is in ${folder}: ${new TextDecoder().decode(stderr)}`,
  );
}

function installedAt(folder: string): Date {
  try {
    const path = join(folder, "node_modules/.package-lock.json");
    return Deno.statSync(path).mtime!;
  } catch {
    return new Date(0);
  }
}
