import { toFlagLine } from "../flags.ts";
import { lstatIfThere } from "../if_there.ts";
import { readHolder } from "../lockfile.ts";
import { lackingFlags } from "../needs.ts";
import { dirname, isGranted, quote } from "../paths.ts";
import { isOpenToOthers, kindOf } from "../place.ts";
import type { Arguments } from "./arguments.ts";
import { askStatus, NotServedError } from "./ask.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { isLocked } from "./locks.ts";
import { findLog } from "./logs.ts";
import { needsOf } from "./needs.ts";
import { show } from "./print.ts";
import { readRange } from "./read_range.ts";

/** The oldest Deno that can connect to a socket by its path alone. */
const MIN_DENO = [2, 9];
/** How much of the log is searched for an error, in bytes. */
const LOG_TAIL = 64 * 1024;

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly state: "ok" | "warning" | "wrong";
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

type Found = Omit<Finding, "what">;

/** Looks for what keeps a daemon from working, and says what to do. */
export async function doctor(args: Arguments): Promise<number> {
  const findings = [checkDeno(), ...checkPermissions(args)];
  // What is not permitted is not looked at: Deno would ask for it.
  if (findings.length === 1) findings.push(...await checkAll(args));
  const isWell = findings.every(({ state }) => state !== "wrong");
  show(args.json, { ok: isWell, findings }, () => print(findings));
  return isWell ? ExitCode.ok : ExitCode.failed;
}

async function checkAll(args: Arguments): Promise<Finding[]> {
  const { sockfile } = args;
  const [directory, lock] = [dirname(sockfile), `${sockfile}.lock`];
  const log = await findLog(args);
  return [
    await look(`directory "${directory}"`, () => checkDirectory(directory)),
    await look(`socket "${sockfile}"`, () => checkSocket(sockfile)),
    await look(`lock "${lock}"`, () => checkLock(lock, "the daemon")),
    await look(
      `lock "${sockfile}.spawn"`,
      () => checkLock(`${sockfile}.spawn`, "a command that starts the daemon"),
    ),
    await look("daemon", () => checkDaemon(args)),
    await look(`log "${log}"`, () => checkLog(log)),
  ];
}

// What cannot be looked at is found as well: the rest is to be told.
async function look(
  what: string,
  check: () => Found | Promise<Found>,
): Promise<Finding> {
  try {
    return { what, ...await check() };
  } catch (error) {
    return { what, state: "wrong", detail: (error as Error).message };
  }
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
  return isNew ? { what: "Deno", state: "ok", detail: deno } : {
    what: "Deno",
    state: "wrong",
    detail: `${deno} is older than ${MIN_DENO.join(".")}`,
    remedy: "deno upgrade",
  };
}

function checkPermissions(args: Arguments): Finding[] {
  const needs = needsOf(args);
  const lacks = lackingFlags(needs);
  if (lacks === "") return [];
  return [{
    what: "permissions",
    state: "wrong",
    detail: `this command lacks ${lacks}`,
    remedy: `run it with ${toFlagLine(needs)}`,
  }];
}

function checkDirectory(path: string): Found {
  if (lstatIfThere(path) === undefined) {
    return {
      state: "wrong",
      detail: "it does not exist",
      remedy: `mkdir -p -m 700 ${quote(path)}`,
    };
  }
  const info = Deno.statSync(path);
  if (!info.isDirectory) {
    return {
      state: "wrong",
      detail: `it is ${kindOf(info)}`,
      remedy: "choose another path for the socket",
    };
  }
  const mode = info.mode ?? 0;
  if (isOpenToOthers(info)) {
    return {
      state: "wrong",
      detail: `others can write to it, mode ${octal(mode)}`,
      remedy: `choose another, or forbid it with: chmod go-w ${quote(path)}`,
    };
  }
  if (info.uid !== Deno.uid() && info.uid !== 0) {
    return {
      state: "wrong",
      detail: `it belongs to the user ${info.uid}, and you are ${Deno.uid()}`,
      remedy: "choose a directory of your own",
    };
  }
  return { state: "ok", detail: `mode ${octal(mode)}, owner ${info.uid}` };
}

function checkSocket(sockfile: string): Found {
  const info = lstatIfThere(sockfile);
  if (info === undefined) return { state: "ok", detail: "there is none" };
  if (!info.isSocket) return misplaced(info);
  const directory = Deno.statSync(dirname(sockfile));
  const mode = (info.mode ?? 0) & 0o777;
  if (Deno.uid() !== null && info.uid !== Deno.uid()) {
    return {
      state: "wrong",
      detail: `it belongs to the user ${info.uid}, and you are ${Deno.uid()}`,
      remedy: "choose another path, in a directory of your own",
    };
  }
  if ((mode & 0o077) !== 0) {
    return {
      state: "warning",
      detail: `others may use it, mode ${octal(mode)}`,
      remedy: `chmod 600 ${quote(sockfile)}`,
    };
  }
  return {
    state: "ok",
    detail: `mode ${octal(mode)}, owner ${info.uid}${
      directory.uid === info.uid ? "" : `, in a directory of ${directory.uid}`
    }`,
  };
}

function misplaced(info: Deno.FileInfo): Found {
  return {
    state: "wrong",
    detail: `${kindOf(info)} is in its place`,
    remedy: "remove it, or choose another path",
  };
}

function checkLock(path: string, whose: string): Found {
  const info = lstatIfThere(path);
  // Nothing else is opened: a pipe would wait for whoever writes to it.
  if (info && !info.isFile) return misplaced(info);
  if (!isLocked(path)) return { state: "ok", detail: "free" };
  const pid = readHolder(path);
  return {
    state: "ok",
    detail: `held by ${whose}${pid === undefined ? "" : `, pid ${pid}`}`,
  };
}

async function checkDaemon(args: Arguments): Promise<Found> {
  try {
    const { pid, version } = await askStatus(args);
    const of = version === undefined ? "" : `, version ${version}`;
    return { state: "ok", detail: `runs, pid ${pid}${of}` };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    if (!(error instanceof NotServedError)) {
      return { state: "wrong", detail: error.message };
    }
    if (error.holder === undefined) {
      return { state: "ok", detail: "none runs; the next command starts it" };
    }
    const { isPassing, detail, remedy } = error.holder;
    return { state: isPassing ? "warning" : "wrong", detail, remedy };
  }
}

function checkLog(path: string): Found {
  if (!isGranted("read", path)) {
    return { state: "warning", detail: "this command may not read it" };
  }
  const info = lstatIfThere(path);
  if (info === undefined) return { state: "ok", detail: "there is none" };
  // As /dev/null, which a daemon takes.
  if (info.isCharDevice) return { state: "ok", detail: "it is a device" };
  if (!info.isFile) return misplaced(info);
  using file = Deno.openSync(path);
  const bytes = readRange(file, Math.max(0, info.size - LOG_TAIL), info.size);
  const error = new TextDecoder().decode(bytes).split("\n")
    .findLast((line) => /\b(?:Uncaught|Fatal|\w*Error)\b/.test(line));
  if (error === undefined) {
    return { state: "ok", detail: "it has no error" };
  }
  return { state: "warning", detail: `its last error is: ${error}` };
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(3, "0");
}
