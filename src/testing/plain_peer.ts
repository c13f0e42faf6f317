import { assert, assertEquals } from "@std/assert";
import type { Duplex } from "../wire/duplex.ts";
import { writeAll } from "../wire/line_writer.ts";

/** What is read from the other side; tests compare the whole of it. */
export interface Message {
  readonly jsonrpc?: string;
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: Record<string, unknown>;
  };
}

const encoder = new TextEncoder();

/**
 * The other side of a connection under test, client or server, which writes
 * whatever it is told to. It shares no code with the readers it tests.
 */
export class PlainPeer {
  readonly #duplex: Duplex;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #buffer = new Uint8Array(4096);
  #text = "";

  /** Reads from `duplex` only when it is asked for a line. */
  constructor(duplex: Duplex) {
    this.#duplex = duplex;
  }

  /** Writes text or bytes as they are. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    await writeAll(this.#duplex, bytes);
  }

  /** Writes messages, a line each, all at once. */
  send(...messages: unknown[]): Promise<void> {
    return this.write(
      messages.map((message) => JSON.stringify(message) + "\n").join(""),
    );
  }

  /** Sends requests for `[id, method, params]`. */
  ask(...requests: [unknown, string, unknown?][]): Promise<void> {
    return this.send(...requests.map(([id, method, params]) => {
      return { jsonrpc: "2.0", id, method, params };
    }));
  }

  /** The next line, or `undefined` where the other side has ended. */
  async line(): Promise<string | undefined> {
    let at = this.#text.indexOf("\n");
    while (at === -1) {
      const count = await this.#duplex.read(this.#buffer);
      if (count === null) {
        assertEquals(this.#text, "", "the last line has no end");
        return undefined;
      }
      const bytes = this.#buffer.subarray(0, count);
      const scanned = this.#text.length;
      this.#text += this.#decoder.decode(bytes, { stream: true });
      at = this.#text.indexOf("\n", scanned);
    }
    const line = this.#text.slice(0, at);
    this.#text = this.#text.slice(at + 1);
    return line;
  }

  /** The next message. */
  async next(): Promise<Message> {
    const line = await this.line();
    assert(line !== undefined, "the connection ended");
    return JSON.parse(line);
  }

  /** The next line, which answers a batch. */
  async nextBatch(): Promise<Message[]> {
    const answers: unknown = await this.next();
    assert(Array.isArray(answers), "the answer is no batch");
    return answers;
  }

  /** The id and the error code of the next answer, which is an error. */
  async nextError(): Promise<[unknown, number]> {
    return idAndCode(await this.next());
  }

  /** Fails unless the other side ends without another line. */
  async assertEnd(): Promise<void> {
    assertEquals(await this.line(), undefined);
  }

  /** Ends what this side writes. */
  closeWrite(): Promise<void> {
    return this.#duplex.closeWrite();
  }

  /** Ends both directions. */
  close(): void {
    this.#duplex.close();
  }
}

/** What matters of an answer that is an error, after a look at the rest. */
export function idAndCode(answer: Message): [unknown, number] {
  const { jsonrpc, id, error } = answer;
  assertEquals(jsonrpc, "2.0");
  assert(error !== undefined, `no error: ${JSON.stringify(answer)}`);
  assert(typeof error.message === "string" && error.message !== "");
  assertEquals("result" in answer, false);
  return [id, error.code];
}
