import { assert, assertEquals } from "@std/assert";
import { PlainEnd } from "./plain_end.ts";

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

/** The other side of a connection under test, client or server. */
export class PlainPeer extends PlainEnd {
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
