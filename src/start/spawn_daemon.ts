import { explainSpawn, explainStandalone } from "./explain_spawn.ts";
import type { Settings } from "../command/options.ts";
import { fromFileUrl } from "../files/paths.ts";
import { query } from "../permissions/query.ts";
import { isNothing, isWhole } from "../permissions/rules.ts";
import { SERVING_URL } from "../serving_url.ts";
import { wantedVersion } from "../command/version.ts";

/** Deno leads what a process prints to no file; a shell does, and then is that process. */
const SHELL = "/bin/sh";
// A log that cannot be written, or is a link or no file, is the daemon's own to tell of.
const INTO_LOG =
  'if [ ! -L "$0" ] && { [ -f "$0" ] || [ ! -e "$0" ]; } && (umask 077; : >>"$0") 2>/dev/null; then exec "$@" 2>>"$0"; fi; exec "$@"';

/** The main module is plain JavaScript, which need not be translated. */
const JS = "--ext=js";

/**
 * What a daemon's main module calls, in the bundle that `deno cache` fetches
 * with that of a command, which then starts a daemon without a network.
 */
const RUN_DAEMON: keyof typeof import("../serving.ts") = "runDaemon";

/** A daemon's process that was just started. */
export interface SpawnedDaemon {
  readonly process: Deno.ChildProcess;
  /** Whether its stderr is led to the log, as far as that can be written. */
  readonly intoLog: boolean;
}

/**
 * Spawns a daemon's process, which has `timeout` milliseconds to be ready. If
 * this command may run a shell, what Deno itself prints goes to the log, for as
 * long as the daemon lives.
 *
 * @throws {AutodError} If `program` cannot be run.
 */
export function spawnDaemon(
  program: string,
  flags: string[],
  settings: Settings,
  timeout: number,
): SpawnedDaemon {
  if (Deno.build.standalone && settings.execPath === undefined) {
    throw explainStandalone(settings);
  }
  const cwd = settings.cwd ?? directoryOf(settings.rpcfile);
  const env: Record<string, string> = {
    ...settings.env ?? emptyLoaderVariables(settings),
  };
  const main = mainModule(settings, timeout);
  let intoLog = query("run", SHELL) === "all";
  for (;;) {
    try {
      const command = [program, "run", "--no-prompt", JS, ...flags, "-"];
      if (intoLog) command.unshift(SHELL, "-c", INTO_LOG, settings.logfile);
      const [first, ...args] = command;
      const process = new Deno.Command(first, {
        args,
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
      send(process, main);
      return { process, intoLog };
    } catch (cause) {
      const error = cause as Error;
      if (intoLog && error.message.includes(`'${SHELL}'`)) {
        intoLog = false; // there is none
        continue;
      }
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

// With one of them set, Deno lets a daemon run nothing that may not run everything.
// One that runs nothing keeps them: a library that it loads may need them.
function emptyLoaderVariables({ rules }: Settings): Record<string, string> {
  const { run } = rules;
  if (isWhole(run) || isNothing(run.allow) || query("env") !== "all") return {};
  const names = Object.keys(Deno.env.toObject())
    .filter((name) => /^(?:LD|DYLD)_/.test(name));
  return Object.fromEntries(names.map((name) => [name, ""]));
}

// It comes on stdin, so that Deno looks for the author's configuration in the
// working directory, wherever this library lies; and its specifiers are
// literals, so that the daemon needs no permission to read its own code. The
// rest is read as JSON: as code, deep `args` would overflow the parser's stack,
// and a key `__proto__` would be no key.
function mainModule(settings: Settings, timeout: number): string {
  const config = JSON.stringify(configOf(settings, timeout));
  return `import { ${RUN_DAEMON} } from ${JSON.stringify(SERVING_URL)};
const config = JSON.parse(${JSON.stringify(config)});
await ${RUN_DAEMON}(config, () => import(${JSON.stringify(settings.rpcfile)}));
`;
}

/** What the starter tells a daemon, which has `timeout` milliseconds to start. */
export type DaemonConfig = ReturnType<typeof configOf>;

function configOf(settings: Settings, timeout: number) {
  const { sockfile, logfile, pidfile, rpcfile } = settings;
  const { args, autoclose, exit, drainTimeout, limits } = settings;
  return {
    ...limits,
    rpcfile,
    sockfile,
    logfile,
    pidfile,
    args,
    autoclose,
    exit,
    drainTimeout,
    version: wantedVersion(settings),
    timeout: roundDown(timeout),
  };
}

/** `milliseconds` in two digits, rounded down: so that Deno knows the main module from the start before. */
export function roundDown(milliseconds: number): number {
  const digits = Math.floor(Math.log10(Math.max(milliseconds, 1)));
  const unit = 10 ** Math.max(digits - 1, 0);
  return Math.floor(milliseconds / unit) * unit;
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
