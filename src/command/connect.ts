import { checkInfo, isDated, type Opening } from "./daemon_info.ts";
import { dial, mayConnect } from "./dial.ts";
import { toLimits } from "../limits.ts";
import type { Absence, Link, Socket } from "./link.ts";
import { withoutSuffix } from "./listed.ts";
import type { Settings } from "./options.ts";
import { type DaemonInfo, PROTOCOL } from "../protocol.ts";
import { keepAlive, limitTime } from "../time.ts";
import { isSameVersion, wantedVersion } from "./version.ts";
import { WireClient } from "../wire/client.ts";
import { isRecord } from "../wire/message.ts";
import { writeSafely } from "../write_safely.ts";

/**
 * How long a daemon may take to react to the first request, in milliseconds. One
 * whose factory takes longer says so, and has the whole `timeout` to answer.
 */
const HELLO_TIMEOUT = 5000;

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
    const { notPermitted } = await import("../cold.ts");
    throw notPermitted(settings);
  }
  let conn: Socket;
  const turnEnd = Math.min(performance.now() + HELLO_TIMEOUT, deadline);
  try {
    conn = await dial(
      settings,
      () => !settings.signal?.aborted && performance.now() < turnEnd,
    );
  } catch (error) {
    settings.signal?.throwIfAborted();
    const { absenceOf, explainConnect } = await import("../cold.ts");
    const absence = absenceOf(error);
    if (absence) return absence;
    throw explainConnect(error, settings);
  }
  settings.mark?.("connect");
  const { client, version, told } = await greet(conn, settings, deadline);
  settings.mark?.("hello");
  if (!("methods" in told)) return told;
  // Its last word has come with the answer, as where this process had to wait
  // for the processor: nothing was asked of that daemon yet.
  if (!client.isOpen) {
    client.close();
    return { absent: "the old one was closing" };
  }
  if (!isSameVersion(told, version)) {
    const { settleMismatch } = await import("../cold.ts");
    const absence = await settleMismatch(
      { client, its: told.version, wanted: version, replace },
      settings,
    );
    if (absence) return absence;
  }
  const info = told as DaemonInfo; // one that is not replaced has told all
  if (isRecord(info.limits)) client.limits = toLimits(info.limits);
  if (typeof info.logfile === "string") client.logfile = info.logfile;
  const missing = settings.methods.map(withoutSuffix)
    .filter((name) => !info.methods.includes(name));
  if (missing.length > 0) {
    client.close();
    const { explainMissing } = await import("../cold.ts");
    throw explainMissing(missing, info, settings);
  }
  return { conn, client, info };
}

/** What came of the first request of a connection. */
interface Greeted {
  readonly client: WireClient;
  /** The version that is wanted. */
  readonly version: string;
  readonly told: DaemonInfo | Opening | Absence;
}

async function greet(
  conn: Socket,
  settings: Settings,
  deadline: number,
): Promise<Greeted> {
  const { signal } = settings;
  const rest = () => deadline - performance.now();
  const time = Math.min(HELLO_TIMEOUT, rest());
  let isOpening = false;
  const outdated = Promise.withResolvers<Opening>();
  const client = new WireClient(conn, {
    ...toLimits({}),
    onNotification(method, params) {
      if (method === "$/opening") onOpening(params);
      // Calls that come later are for its successor. The first one may have
      // crossed with this, and is served: commands of two versions would only
      // ever replace each other's daemon otherwise.
      if (method === "$/closing") client.finishSoon(FIRST_CALL_TIMEOUT);
      if (method === "$/stream") settings.onStream?.(params);
      if (method === "$/log" && settings.debug) printLog(params);
    },
  });
  const onOpening = (params: unknown) => {
    isOpening = true;
    timeLimit.extend(rest());
    // What its factory waits for may never come: one that is to be replaced
    // need not answer.
    const isReplaced = settings.onMismatch !== "keep" && settings.spawn;
    if (!isReplaced || !isRecord(params) || !isDated(params)) return;
    if (!isSameVersion(params, version)) {
      outdated.resolve({ ...params, methods: [] });
    }
  };
  const answer = client.call("$/hello", {
    protocol: PROTOCOL,
    client: { pid: Deno.pid },
    log: settings.debug || undefined,
  });
  answer.catch(() => {}); // whoever waits for it hears of it
  const version = wantedVersion(settings); // looked up while it answers
  using timeLimit = limitTime(time, () => client.close());
  // As a socket does by itself: memory does not.
  using _alive = settings.dialer && keepAlive();
  const abort = () => client.close();
  signal?.addEventListener("abort", abort);
  try {
    signal?.throwIfAborted(); // perhaps while the socket was connected to
    const told = await Promise.race([
      answer.then(checkInfo),
      outdated.promise,
    ]);
    return { client, version, told };
  } catch (error) {
    client.close();
    signal?.throwIfAborted();
    const late = timeLimit.isOver();
    const { absenceAfter, explainHello, lastWord } = await import("../cold.ts");
    const said = lastWord(error);
    const absence = late ? undefined : absenceAfter(said);
    if (absence) return { client, version, told: absence };
    const isShort = time < HELLO_TIMEOUT;
    throw explainHello(said, settings, { late, isOpening, isShort });
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function printLog(params: unknown): void {
  if (!isRecord(params) || typeof params.text !== "string") return;
  writeSafely(Deno.stderr, params.text);
}
