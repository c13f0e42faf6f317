import { filesOf } from "../files/daemon_files.ts";
import { dirname } from "../files/paths.ts";
import type { Arguments } from "./arguments.ts";
import { askStatus, NotServedError, type Status } from "./ask.ts";
import { checkDirectory, checkLock, checkSocket } from "./check_files.ts";
import { checkLog } from "./check_log.ts";
import { ExitCode } from "./exit_code.ts";
import { type Finding, type Found, ok, warning, wrong } from "./finding.ts";
import { logOf } from "./logs.ts";
import { findLack } from "./needs.ts";
import { isSameVersion, wantedVersion } from "../command/version.ts";
import { show } from "./print.ts";

/** The oldest Deno that can connect to a socket by its path alone. */
const MIN_DENO = [2, 9];

/** Looks for what keeps a daemon from working, and says what to do. */
export async function doctor(args: Arguments): Promise<number> {
  const lack = findLack(args);
  const findings = [
    checkDeno(),
    // What is not permitted is not looked at: Deno would ask for it.
    ...lack ? [{ what: "permissions", ...lack }] : await checkAll(args),
  ];
  const isWell = isAllWell(findings);
  show(args.json, { ok: isWell, findings }, () => print(findings));
  return isWell ? ExitCode.ok : ExitCode.failed;
}

async function checkAll(args: Arguments): Promise<Finding[]> {
  const { sockfile } = args;
  const { lock, spawnLock } = filesOf(sockfile);
  const status = await askStatus(args).catch((error: Error) => error);
  const socket = look(`socket "${sockfile}"`, () => checkSocket(sockfile));
  const place = [
    look(`directory "${dirname(sockfile)}"`, () => checkDirectory(sockfile)),
    socket,
    look(`lock "${lock}"`, () => checkLock(lock, "the daemon", "pid")),
    look(
      `lock "${spawnLock}"`,
      () => checkLock(spawnLock, "a command that starts the daemon", "starter"),
    ),
  ];
  // What is wrong with the socket keeps everybody from asking.
  const daemon = isAllWell([socket])
    ? [{ what: "daemon", ...explain(status, isAllWell(place)) }]
    : [];
  const its = status instanceof Error ? undefined : status;
  const log = logOf(args, its);
  return [
    ...place,
    ...daemon,
    log === undefined
      ? {
        what: "log",
        ...ok("it has none: it prints to its own stdout and stderr"),
      }
      : look(`log "${log}"`, () => checkLog(log, its?.pid)),
  ];
}

// What cannot be looked at is found as well: the rest is to be told.
function look(what: string, check: () => Found): Finding {
  try {
    return { what, ...check() };
  } catch (error) {
    return { what, ...wrong((error as Error).message) };
  }
}

function isAllWell(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== "wrong");
}

const COLORS = { ok: "green", warning: "yellow", wrong: "red" };

function print(findings: readonly Finding[]): void {
  for (const { what, state, detail, remedy } of findings) {
    console.log(
      `%c${state.padEnd(7)}%c ${what}: ${detail}`,
      `color: ${COLORS[state]}`,
      "",
    );
    if (remedy !== undefined) console.log(`        ${remedy}`);
  }
}

function checkDeno(): Finding {
  const { deno } = Deno.version;
  const [major, minor] = deno.split(".").map(Number);
  const isNew = major > MIN_DENO[0] ||
    major === MIN_DENO[0] && minor >= MIN_DENO[1];
  const found = isNew
    ? ok(deno)
    : wrong(`${deno} is older than ${MIN_DENO.join(".")}`, "deno upgrade");
  return { what: "Deno", ...found };
}

/** What the daemon's answer tells, or the error instead of one. */
function explain(status: Status | Error, canStart: boolean): Found {
  if (!(status instanceof Error)) {
    const { pid, version } = status;
    const of = version === undefined ? "" : `, version ${version}`;
    const detail = `runs, pid ${pid}${of}`;
    return isOutdated(status)
      ? warning(
        `${detail}; its rpcfile has changed since`,
        "a command that may read that replaces it; or: autod restart",
      )
      : ok(detail);
  }
  if (!(status instanceof NotServedError)) return wrong(status.message);
  if (status.found !== undefined) return status.found;
  return canStart
    ? ok("none runs; the next command starts it")
    : warning("none runs, and none can start before that is mended");
}

/** Whether the rpcfile of a daemon with a default version is another one by now, as far as this command may look. */
function isOutdated(status: Status): boolean {
  const { rpcfile, version } = status;
  if (!rpcfile || !version?.startsWith(rpcfile)) return false;
  return !isSameVersion(status, wantedVersion({ rpcfile, version: undefined }));
}
