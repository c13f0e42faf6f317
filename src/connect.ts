import { AutodError, ConnectionClosedError, RpcError } from "./errors.ts";
import { toLimits } from "./limits.ts";
import { Absence, type Link, type Socket } from "./link.ts";
import type { Settings } from "./options.ts";
import { isGranted, isOwn } from "./paths.ts";
import { type DaemonInfo, PROTOCOL } from "./protocol.ts";
import { startTimer } from "./timer.ts";
import { isSameVersion, wantedVersion } from "./version.ts";
import { WireClient } from "./wire/client.ts";
import { ErrorCode, isRecord } from "./wire/message.ts";

/**
 * How long a daemon may take to react to the first request, in milliseconds. One
 * whose factory takes longer says so, and has the whole `timeout` to answer.
 */
export const HELLO_TIMEOUT = 5000;

/** How long a daemon that closes is left for the first call of a command, in milliseconds. */
const FIRST_CALL_TIMEOUT = 50;

/**
 * Connects to the daemon, or resolves to why there is none: no socket, a dead
 * one, a connection that ended before it was served, or a daemon of another
 * version. With `replace` that one is asked to close, which is for whoever
 * holds the spawn lock: others would end what was just started.
 *
 * @throws {AutodError} If there is one that cannot be used, or a permission is missing.
 */
export async function connect(
  settings: Settings,
  deadline: number,
  { replace = false } = {},
): Promise<Link | Absence> {
  settings.signal?.throwIfAborted();
  if (!settings.dialer && !mayConnect(settings.sockfile)) {
    const { notPermitted } = await import("./explain.ts");
    throw notPermitted(settings);
  }
  let conn: Socket;
  try {
    conn = await dial(settings);
  } catch (error) {
    if (isPassing(error)) return toAbsence(error);
    const { explainConnect } = await import("./explain.ts");
    throw explainConnect(error, settings);
  }
  settings.mark?.("connect");
  const client = new WireClient(conn, {
    ...toLimits({}),
    logfile: logfileOf(settings),
    onNotification(method, params) {
      if (method === "$/opening") timeLimit.extend();
      // Calls that come later are for its successor. The first one may have
      // crossed with this, and is served: commands of two versions would only
      // ever replace each other's daemon otherwise.
      if (method === "$/closing") client.finishSoon(FIRST_CALL_TIMEOUT);
      if (method === "$/log" && settings.debug) printLog(params);
    },
  });
  const version = wantedVersion(settings);
  const answer = client.call("$/hello", {
    protocol: PROTOCOL,
    version,
    client: { pid: Deno.pid },
    log: settings.debug || undefined,
  });
  // After it was sent: a timer takes as long to make as the answer to come.
  const timeLimit = limitTime(() => client.close(), deadline);
  const info = await greeted(answer, client, settings, timeLimit);
  settings.mark?.("hello");
  if (info instanceof Absence) return info;
  if (isRecord(info.limits)) client.limits = toLimits(info.limits);
  if (!isSameVersion(info.version, version)) {
    const { settleMismatch } = await import("./mismatch.ts");
    const absence = await settleMismatch(
      { client, its: info.version, wanted: version, replace },
      settings,
    );
    if (absence) return absence;
  }
  await checkMethods(client, settings, info);
  return { conn, client, info };
}

/** Opens a connection to the daemon, whose socket is this user's own. */
export async function dial(
  { dialer, sockfile: path }: Settings,
): Promise<Socket> {
  if (dialer) return await dialer.dial();
  const conn = await Deno.connect({ transport: "unix", path });
  if (isOwnSocket(path)) return conn;
  conn.close();
  const { checkPlace } = await import("./place.ts");
  checkPlace(path);
  throw new Deno.errors.ConnectionReset("it was closing");
}

/** Where the daemon's output goes, if it has a log. */
export function logfileOf({ dialer, logfile }: Settings): string | undefined {
  return dialer ? undefined : logfile;
}

// Everything that a daemon's coming and going can cause: none, a dead socket, a
// listener that closes just now, a backlog that is full for the moment.
function isPassing(error: unknown): boolean {
  return !(error instanceof AutodError ||
    error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory ||
    error instanceof TypeError);
}

// Deno would ask the person at the terminal for what is not granted.
function mayConnect(path: string): boolean {
  const net = { name: "net", host: `unix:${path}` } as const;
  return isGranted("read", path) && isGranted("write", path) &&
    Deno.permissions.querySync(net).state === "granted";
}

/**
 * Whether the socket that was just connected to is this user's own. A link
 * could lead to anybody's, and anybody could have bound one in a directory
 * that is shared.
 *
 * It is looked at afterwards, as nobody can put a socket of this user's there
 * to deceive: only a daemon of this user's that takes the place in between does.
 */
function isOwnSocket(path: string): boolean {
  try {
    const { isSocket, uid } = Deno.lstatSync(path);
    return isSocket === true &&
      isOwn(uid, (time) => Deno.utimeSync(path, time, time));
  } catch {
    return false; // removed just now
  }
}

function toAbsence(error: unknown): Absence {
  return new Absence(
    error instanceof Deno.errors.NotFound
      ? "there was none"
      : error instanceof Deno.errors.ConnectionRefused
      ? "the one that had the socket is dead"
      : "the one that had the socket did not take the connection",
  );
}

async function greeted(
  answer: Promise<unknown>,
  client: WireClient,
  settings: Settings,
  timeLimit: TimeLimit,
): Promise<DaemonInfo | Absence> {
  const { signal } = settings;
  const abort = () => client.close();
  signal?.addEventListener("abort", abort);
  try {
    return checkInfo(await answer);
  } catch (error) {
    client.close();
    signal?.throwIfAborted();
    const late = timeLimit.isOver();
    const said = lastWord(error);
    if (!late && isUnserved(said)) {
      return new Absence("the old one was closing");
    }
    const { explainHello } = await import("./explain.ts");
    throw explainHello(said, settings, late);
  } finally {
    timeLimit.stop();
    signal?.removeEventListener("abort", abort);
  }
}

interface TimeLimit {
  extend(): void;
  isOver(): boolean;
  stop(): void;
}

/** Tells of a daemon that does not react, or not in time. */
function limitTime(onOver: () => void, deadline: number): TimeLimit {
  let over = false;
  const end = () => {
    over = true;
    onOver();
  };
  const rest = () => deadline - Date.now();
  let timer = startTimer(Math.min(HELLO_TIMEOUT, rest()), end);
  return {
    isOver: () => over,
    stop: () => timer[Symbol.dispose](),
    extend() {
      timer[Symbol.dispose]();
      timer = startTimer(rest(), end);
    },
  };
}

function checkInfo(info: unknown): DaemonInfo {
  if (isInfo(info)) return info;
  throw new SyntaxError("it answered the first request as no daemon does");
}

// What is not looked at here fails later, where nobody expects it.
function isInfo(info: unknown): info is DaemonInfo {
  if (!isRecord(info)) return false;
  const { pid, instance, session, startedAt, version, methods } = info;
  return Number.isSafeInteger(pid) && pid as number > 0 &&
    isText(instance) && isText(session) &&
    isText(startedAt) && !Number.isNaN(Date.parse(startedAt)) &&
    (version === undefined || isText(version)) &&
    Array.isArray(methods) && methods.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

// What a daemon says before it ends a connection answers nothing in particular.
function lastWord(error: unknown): unknown {
  const { cause } = error as Error;
  return cause instanceof RpcError ? cause : error;
}

function isUnserved(error: unknown): boolean {
  if (error instanceof RpcError) return error.code === ErrorCode.closing;
  // What is no JSON, or too long, was said by somebody: that is no absence.
  return error instanceof ConnectionClosedError &&
    !(error.cause instanceof SyntaxError) &&
    !(error.cause instanceof RangeError);
}

async function checkMethods(
  client: WireClient,
  settings: Settings,
  info: DaemonInfo,
): Promise<void> {
  const has = new Set(info.methods);
  const missing = settings.methods
    .map((name) => name.replace(/:s$/, ""))
    .filter((name) => !has.has(name));
  if (missing.length === 0) return;
  client.close();
  const { explainMissing } = await import("./explain.ts");
  throw explainMissing(missing, info, settings);
}

function printLog(params: unknown): void {
  if (!isRecord(params) || !isText(params.text)) return;
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(params.text));
  } catch {
    // Nobody reads it, which is no reason to fail.
  }
}
