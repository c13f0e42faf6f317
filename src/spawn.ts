import { connect } from "./connect.ts";
import { daemonFlags } from "./daemon_flags.ts";
import { delay } from "./delay.ts";
import { make, notPermitted } from "./explain.ts";
import { explainTimeout } from "./explain_start.ts";
import { checkGrants } from "./grants.ts";
import { Absence, type Link } from "./link.ts";
import type { Settings } from "./options.ts";
import { findProgram, lackingFlags, needsToStart } from "./needs.ts";
import { isOutdated } from "./outdated.ts";
import { rulesOf } from "./permission_rules.ts";
import { type StartedProcess, startProcess } from "./process.ts";
import { openLockfile, spawnLockfileOf, writeNote } from "./lockfile.ts";
import { checkDirectory, checkPlace } from "./place.ts";
import { wantedVersion } from "./version.ts";

/** How often the lock of another starter is asked for, in milliseconds. */
const LOCK_INTERVAL = 10;
/** How many daemons may die between being ready and answering. */
const MAX_STARTS = 3;

/** A connection to a daemon, and its process, if it was started for it. */
export interface Started {
  readonly link: Link;
  readonly process?: Deno.ChildProcess;
}

/**
 * Starts the daemon and connects to it. One command at a time starts a daemon;
 * the others wait for it.
 *
 * @throws {AutodError} If it cannot be started, with its own reason.
 */
export async function start(
  settings: Settings,
  deadline: number,
): Promise<Started> {
  const { sockfile } = settings;
  checkPlace(sockfile);
  const program = findProgram(settings.execPath);
  if (lackingFlags(needsToStart(sockfile, program))) {
    throw notPermitted(settings);
  }
  const rules = rulesOf(settings.permissions);
  checkGrants(rules, sockfile);
  const flags = daemonFlags(rules, settings);
  using lock = openLockfile(spawnLockfileOf(sockfile), sockfile);
  checkDirectory(sockfile, lock.statSync().uid);
  // Polled, as a lock that is waited for cannot be given up any more; and
  // whoever waits needs no lock once the daemon is there.
  while (!await lock.tryLock(true)) {
    const link = await connect(settings, deadline);
    if (!(link instanceof Absence)) return { link };
    if (Date.now() > deadline) {
      throw explainTimeout("another command is starting it", settings);
    }
    await delay(LOCK_INTERVAL);
  }
  settings.mark?.("lock");
  let started: StartedProcess | undefined;
  let wanted = settings;
  for (let starts = 0;; starts++) {
    const link = await connect(wanted, deadline, { replace: true });
    if (!(link instanceof Absence)) {
      if (link.info.pid !== started?.pid) return { link };
      return { link, process: started.process };
    }
    if (starts === MAX_STARTS) throw endsAtOnce(link, settings);
    // What is started now is what is wanted, although the rpcfile may change meanwhile.
    wanted = { ...settings, version: wantedVersion(settings) };
    const since = Date.now();
    try {
      started = await startProcess(program, flags, wanted, deadline);
    } catch (error) {
      const again = isOutdated(error, since) ?? starts === 0;
      if (!again || starts + 1 === MAX_STARTS) throw error;
      continue;
    }
    writeNote(lock, { pid: started.pid });
  }
}

function endsAtOnce({ reason }: Absence, settings: Settings): Error {
  return make(
    "start-failed",
    `Cannot reach the daemon at "${settings.sockfile}": it was started ${MAX_STARTS} times and could not be used, the last time because ${reason}; see "${settings.logfile}"`,
    settings,
  );
}
