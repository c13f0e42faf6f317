import { ConnectionClosedError } from "./errors.ts";
import { type Duplex, writeAll } from "./wire/duplex.ts";
import { toRpcError } from "./wire/error_data.ts";
import type { LineReader } from "./wire/line_reader.ts";
import { isRecord } from "./wire/message.ts";
import { StreamLostError } from "./wire/stream_peer.ts";

/** What a stream begins with. */
export interface StreamRequest {
  readonly method: string;
  /** The request itself, without its line feed. */
  readonly text: string;
  /** The log of the daemon, for the error that says that it has gone. */
  readonly logfile: string | undefined;
}

/**
 * Sends the one request that a stream begins with, and resolves to its result.
 *
 * @throws {RpcError} If the daemon answers with an error.
 * @throws {ConnectionClosedError} If the connection ends before the answer.
 */
export async function requestStream(
  duplex: Duplex,
  reader: LineReader,
  { method, text, logfile }: StreamRequest,
): Promise<Record<string, unknown>> {
  let line: string | undefined;
  try {
    await writeAll(duplex, new TextEncoder().encode(`${text}\n`));
    while ((line = reader.line()) === undefined) {
      if (!await reader.fill()) throw new StreamLostError();
    }
  } catch (cause) {
    throw new ConnectionClosedError(method, true, { cause, logfile });
  }
  const answer: unknown = JSON.parse(line);
  if (isRecord(answer) && isRecord(answer.result)) return answer.result;
  throw toRpcError(isRecord(answer) ? answer.error : undefined);
}
