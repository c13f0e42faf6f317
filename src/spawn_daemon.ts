import { explainSpawn, explainStandalone } from "./explain_start.ts";
import type { Settings } from "./options.ts";
import { fromFileUrl } from "./paths.ts";
import type { DaemonConfig } from "./readiness.ts";
import { wantedVersion } from "./version.ts";

/**
 * Spawns a daemon's process, which has `timeout` milliseconds to be ready.
 *
 * @throws {AutodError} If `program` cannot be run.
 */
export function spawnDaemon(
  program: string,
  flags: string[],
  settings: Settings,
  timeout: number,
): Deno.ChildProcess {
  if (Deno.build.standalone && settings.execPath === undefined) {
    throw explainStandalone(settings);
  }
  const cwd = settings.cwd ?? directoryOf(settings.rpcfile);
  const env: Record<string, string> = { ...settings.env };
  for (;;) {
    try {
      const process = new Deno.Command(program, {
        args: ["run", "--no-prompt", ...flags, "-"],
        cwd,
        env,
        clearEnv: settings.env !== undefined,
        // A session of its own: no Ctrl-C and no hang-up of a terminal reaches it.
        detached: true,
        // Never the caller's: whoever waits for its end would wait for the daemon's.
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      send(process, mainModule(settings, timeout));
      return process;
    } catch (cause) {
      const error = cause as Error;
      // A command that may not run everything may not hand such a variable on.
      const loader = /\b(?:LD|DYLD)_\w+/.exec(error.message)?.[0];
      if (
        !(error instanceof Deno.errors.NotCapable) || loader === undefined ||
        loader in env
      ) {
        throw explainSpawn(error, program, cwd, settings);
      }
      env[loader] = "";
    }
  }
}

// It comes on stdin, so that Deno looks for the author's configuration in the
// working directory, wherever this library lies; and its specifiers are
// literals, so that the daemon needs no permission to read its own code.
function mainModule(settings: Settings, timeout: number): string {
  const { sockfile, logfile, pidfile, rpcfile } = settings;
  const { args, autoclose, exit, drainTimeout } = settings;
  const config: DaemonConfig = {
    rpcfile,
    sockfile,
    logfile,
    pidfile,
    args,
    autoclose,
    exit,
    drainTimeout,
    version: wantedVersion(settings),
    timeout,
  };
  const daemon = JSON.stringify(import.meta.resolve("./daemon.ts"));
  return `import { runDaemon } from ${daemon};
await runDaemon(${JSON.stringify(config)}, () => import(${
    JSON.stringify(rpcfile)
  }));
`;
}

async function send(process: Deno.ChildProcess, main: string): Promise<void> {
  const writer = process.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(main));
    await writer.close();
  } catch {
    // It ended before it read all of this, and will be asked why.
  }
}

function directoryOf(rpcfile: string): string {
  const url = new URL(".", rpcfile);
  return url.protocol === "file:" ? fromFileUrl(url) : "/";
}
