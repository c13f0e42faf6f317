import { within } from "../time.ts";
import type { Duplex } from "../wire/duplex.ts";
import { writeAll } from "../wire/line_writer.ts";
import { ErrorCode, errorText } from "../wire/message.ts";

/** How long a client that was turned away may take to hang up, in milliseconds. */
const HANG_UP_TIMEOUT = 1000;

/** How many may be on their way out; one more ends the first of them. */
const MAX_TURNED_AWAY = 1000;

/** What a client is told that is one too many. */
export function fullText(maxConnections: number): string {
  return errorText(null, {
    code: ErrorCode.limit,
    message:
      `Cannot take the connection: the daemon has ${maxConnections} (maxConnections)`,
  });
}

/** Connections that cannot be served, on their way out. */
export class TurnedAway {
  readonly #conns = new Set<Duplex>();

  /**
   * Ends a connection by one line, which says why. Whoever was about to write
   * gets to read it: a connection that just broke would look like a daemon that
   * is gone.
   */
  async add(conn: Duplex, line: string): Promise<void> {
    const [first] = this.#conns;
    if (this.#conns.size >= MAX_TURNED_AWAY) this.#end(first);
    this.#conns.add(conn);
    await within(HANG_UP_TIMEOUT, tell(conn, line));
    this.#end(conn);
  }

  /** Ends all of them at once. */
  close(): void {
    for (const conn of this.#conns) this.#end(conn);
  }

  #end(conn: Duplex): void {
    if (this.#conns.delete(conn)) conn.close();
  }
}

async function tell(conn: Duplex, line: string): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    await writeAll(conn, new TextEncoder().encode(`${line}\n`));
    await conn.closeWrite();
    while (await conn.read(buffer) !== null);
  } catch {
    // It has gone.
  }
}
