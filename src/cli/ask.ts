import { absenceAfter, lastWord } from "../command/absence.ts";
import { dialSocket } from "../command/dial.ts";
import { AutodError, ConnectionClosedError, RpcError } from "../errors.ts";
import { MOST_MESSAGE_BYTES } from "../limits.ts";
import { quote } from "../quote.ts";
import { checkPlace } from "../files/place.ts";
import { startTimer } from "../time.ts";
import { WireClient } from "../wire/client.ts";
import { isRecord } from "../wire/message.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import type { Found } from "./finding.ts";
import { findHolder } from "./holder.ts";

/** A daemon to be asked something. */
export interface Asked {
  readonly sockfile: string;
  /** How long it may take to answer, in milliseconds. */
  readonly timeout: number;
  /** How much of that is left, if something was waited for before. */
  readonly timeLeft?: number;
}

/** What a daemon says of itself in `$/status`. */
export interface Status {
  readonly pid: number;
  readonly version?: string;
  readonly startedAt: string;
  readonly refcount: number;
  readonly sessions: number;
  readonly calls: number;
  readonly streams: number;
  readonly sockfile: string;
  readonly rpcfile?: string;
  readonly logfile?: string;
  readonly memory: { readonly rss: number };
}

/**
 * Asks the daemon one thing. No daemon is ever started for it.
 *
 * @throws {CliError} If none runs, it does not answer in time, or with an error, or something else does.
 */
export async function ask(
  { sockfile, timeout, timeLeft = timeout }: Asked,
  method: string,
  params: object = {},
): Promise<unknown> {
  const client = await open(sockfile);
  let late = false;
  using _timer = startTimer(timeLeft, () => {
    late = true;
    client.close();
  });
  try {
    return await client.call(method, params);
  } catch (error) {
    if (late) throw notResponding(sockfile, timeout);
    if (error instanceof RpcError) throw failed(sockfile, error);
    if (!(error instanceof ConnectionClosedError)) throw error;
    const said = lastWord(error);
    if (absenceAfter(said)) {
      throw notServed(sockfile, "it ended just now", error);
    }
    throw said instanceof RpcError
      ? refused(sockfile, said)
      : foreign(sockfile, said as Error);
  } finally {
    client.close();
  }
}

/**
 * Asks the daemon what it does.
 *
 * @throws {CliError} As {@linkcode ask}.
 */
export async function askStatus(asked: Asked): Promise<Status> {
  const status = await ask(asked, "$/status");
  if (isRecord(status) && isRecord(status.memory)) {
    return status as unknown as Status;
  }
  throw foreign(asked.sockfile);
}

/** The error for another program than a daemon. */
export function foreign(
  sockfile: string,
  cause: Error = new SyntaxError("it answered as no daemon does"),
): CliError {
  return new CliError(
    ExitCode.failed,
    `Cannot ask what serves "${sockfile}": it does not speak this library's protocol (${cause.message}); choose another path, or end that program`,
    { cause },
  );
}

function failed(sockfile: string, cause: RpcError): CliError {
  return new CliError(
    ExitCode.failed,
    `Cannot ask the daemon at "${sockfile}": it answers with an error: ${cause.message}`,
    { cause },
  );
}

// The daemon's own are not known without a hello, and it says what is over them.
const UNLIMITED = { maxMessageBytes: MOST_MESSAGE_BYTES, maxDepth: Infinity };

async function open(sockfile: string): Promise<WireClient> {
  try {
    return new WireClient(await dialSocket(sockfile), UNLIMITED);
  } catch (error) {
    throw explain(error as Error, sockfile);
  }
}

function explain(error: Error, sockfile: string): CliError {
  if (error instanceof Deno.errors.NotFound) {
    return notServed(sockfile, "there is no socket", error);
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    return notServed(sockfile, "the socket is dead", error);
  }
  if (error instanceof Deno.errors.ConnectionReset) {
    return notServed(sockfile, "it ended just now", error);
  }
  if (error instanceof AutodError) return misplaced(error); // not this user's
  if (error instanceof Deno.errors.WouldBlock) {
    return new CliError(
      ExitCode.notResponding,
      `Cannot connect to "${sockfile}": so many wait for its daemon that no more are let in; look at it with: autod doctor`,
      { cause: error },
    );
  }
  return new CliError(
    ExitCode.failed,
    `Cannot connect to "${sockfile}": ${error.message}`,
    { cause: error },
  );
}

/** Nobody serves the socket: no daemon runs, or it is starting or closing. */
export class NotServedError extends CliError {
  /** What is wrong with whoever holds its lock nevertheless, as far as this command may look. */
  readonly found: Found | undefined;

  /** `why` tells how that was found, and is shown where nobody holds the lock. */
  constructor(sockfile: string, why: string, cause: Error) {
    const found = findHolder(sockfile)?.found;
    const [code, message] = found === undefined
      ? [ExitCode.notRunning, `No daemon runs at "${sockfile}": ${why}`]
      : [
        ExitCode.notResponding,
        `Cannot ask the daemon at "${sockfile}": ${found.detail}; ${found.remedy}`,
      ];
    super(code, message, { cause });
    this.found = found;
  }
}

/**
 * The error for a socket that nobody serves, or for what is in its place. To
 * connect to a file fails as to a dead socket.
 */
export function notServed(
  sockfile: string,
  why: string,
  cause: Error,
): CliError {
  try {
    checkPlace(sockfile);
  } catch (error) {
    return misplaced(error as Error);
  }
  return new NotServedError(sockfile, why, cause);
}

function misplaced(cause: Error): CliError {
  return new CliError(ExitCode.failed, cause.message, { cause });
}

// What a daemon says before it hangs up, as on one connection too many.
function refused(sockfile: string, cause: RpcError): CliError {
  const pid = findHolder(sockfile)?.pid;
  return new CliError(
    ExitCode.notResponding,
    `Cannot ask the daemon at "${sockfile}": ${cause.message}${
      pid === undefined ? "" : `; end some of its clients, or it: kill ${pid}`
    }`,
    { cause },
  );
}

function notResponding(sockfile: string, timeout: number): CliError {
  const pid = findHolder(sockfile)?.pid;
  return new CliError(
    ExitCode.notResponding,
    `Cannot reach the daemon at "${sockfile}": it did not answer within ${timeout} ms${
      pid === undefined ? "" : `, and its pid is ${pid}`
    }; if it is not just busy, end it with: autod stop --force ${
      quote(sockfile)
    }`,
  );
}
