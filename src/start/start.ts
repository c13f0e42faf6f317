import { connect } from "../command/connect.ts";
import { daemonFlags } from "../permissions/daemon_flags.ts";
import { notPermitted } from "../command/explain.ts";
import { explainEnds, explainRefusal, explainWait } from "./explain_start.ts";
import { checkGrants } from "../permissions/grants.ts";
import { AutodError } from "../errors.ts";
import type { Link } from "../command/link.ts";
import type { Settings } from "../command/options.ts";
import {
  findProgram,
  lackingFlags,
  needsToStart,
} from "../permissions/needs.ts";
import { type StartedProcess, startProcess } from "./process.ts";
import { filesOf } from "../files/daemon_files.ts";
import {
  identify,
  noteStarter,
  openLockfile,
  tryLock,
  writeNote,
} from "../files/lockfile.ts";
import { isOutdated } from "./outdated.ts";
import { checkDirectory, checkPlace } from "../files/place.ts";
import { pause } from "../time.ts";
import { wantedVersion } from "../command/version.ts";

/** How soon the lock of another starter is asked for again, in milliseconds: by so much later each time. */
const LOCK_INTERVAL = 10;
const LOCK_INTERVAL_GROWTH = 1.2;
const MAX_LOCK_INTERVAL = 40;
/** How many daemons may die between being ready and answering. */
const MAX_STARTS = 3;

/** A connection to a daemon, and its process, if it was started for it. */
export interface Started {
  readonly link: Link;
  readonly process?: Deno.ChildProcess;
}

/**
 * Starts the daemon and connects to it, as there is none, or none of the wanted
 * version: `absent` tells. One command at a time starts a daemon; the others
 * wait for it.
 *
 * @throws {AutodError} If it cannot be started, with its own reason.
 */
export async function start(
  settings: Settings,
  deadline: number,
  absent: string,
): Promise<Started> {
  const { sockfile, rules } = settings;
  checkPlace(sockfile);
  const program = findProgram(settings.execPath);
  if (lackingFlags(needsToStart(sockfile, program))) {
    throw notPermitted(
      settings,
      undefined,
      `no daemon can be used (${absent})`,
    );
  }
  checkGrants(rules, sockfile);
  const flags = daemonFlags(rules, settings);
  const { spawnLock: lockfile } = filesOf(sockfile);
  const { file, info } = openLockfile(lockfile, sockfile);
  using lock = file;
  checkDirectory(sockfile, info.uid);
  const found = await whenLocked(lock, lockfile, settings, deadline);
  if (found) return { link: found };
  noteStarter(lock, lockfile);
  settings.mark?.("lock");
  const run = (wanted: Settings) =>
    startProcess(program, flags, wanted, deadline);
  return await startAlone(lock, settings, deadline, run);
}

/**
 * Resolves when the lock is this process's, or to a connection to the daemon
 * that another command has started meanwhile.
 *
 * Polled, as a lock that is waited for cannot be given up any more; and whoever
 * waits needs no lock once the daemon is there.
 */
async function whenLocked(
  lock: Deno.FsFile,
  lockfile: string,
  settings: Settings,
  deadline: number,
): Promise<Link | undefined> {
  for (let interval = LOCK_INTERVAL; !tryLock(lock, lockfile);) {
    // Many may wait, and share the processor with the daemon that they wait for.
    if (mayBeThere(settings.sockfile)) {
      const found = await connect(settings, deadline);
      if (!("absent" in found)) return found;
    }
    settings.signal?.throwIfAborted();
    if (performance.now() > deadline) throw explainWait(settings);
    await pause(interval);
    interval = Math.min(interval * LOCK_INTERVAL_GROWTH, MAX_LOCK_INTERVAL);
  }
}

/** Starts the daemon by `run` as the holder of the lock, again while there is hope that it helps. */
async function startAlone(
  lock: Deno.FsFile,
  settings: Settings,
  deadline: number,
  run: (wanted: Settings) => Promise<StartedProcess>,
): Promise<Started> {
  let started: StartedProcess | undefined;
  let wanted = settings;
  let cause: Error | undefined;
  for (let starts = 0;; starts++) {
    const found = await connect(wanted, deadline, { replace: true });
    if (!("absent" in found)) {
      const socket = identify(settings.sockfile);
      writeNote(lock, { pid: found.info.pid, socket });
      if (found.info.pid !== started?.pid) return { link: found };
      return { link: found, process: started.process };
    }
    cause = found.cause ?? cause; // the last may have ended without a word
    if (starts === MAX_STARTS) {
      if (started?.serves === false) throw explainRefusal(found, settings);
      // It says what it dies of to those who reach it, which nobody did.
      const uncaught = started?.log.uncaught(started.pid);
      throw explainEnds(starts, { ...found, cause }, settings, uncaught);
    }
    // What is started now is what is wanted, although the rpcfile may change meanwhile.
    wanted = { ...settings, version: wantedVersion(settings) };
    const since = Date.now();
    writeNote(lock, { starter: Deno.pid }); // nobody knows of a daemon until one has answered
    try {
      started = await run(wanted);
    } catch (error) {
      if (error instanceof AutodError) {
        writeNote(lock, { failure: error.message });
      }
      const again = isOutdated(error, since) ?? starts === 0;
      if (!again || starts + 1 === MAX_STARTS) throw error;
    }
  }
}

/** Whether there is something at `path`, or to be told of it. */
function mayBeThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}
