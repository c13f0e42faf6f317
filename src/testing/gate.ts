import { inTime } from "./deadline.ts";

/**
 * A place in a daemon's code that the test sees reached, and lets pass: a
 * socket of the test's that the code connects to and reads from.
 */
export class Gate implements Disposable {
  /** Code that arrives at the gate and waits there; without the gate it goes on at once. */
  readonly code: string;
  /** What a daemon needs to get to the gate. */
  readonly permissions: Record<"read" | "write" | "net", readonly string[]>;
  readonly #listener: Deno.UnixListener;
  readonly #waiting: Deno.UnixConn[] = [];

  /** Makes the gate; `path` is that of its socket. */
  constructor(path: string) {
    this.#listener = Deno.listen({ transport: "unix", path });
    this.permissions = { read: [path], write: [path], net: [`unix:${path}`] };
    this.code = `await (async () => {
      try {
        using conn = await Deno.connect({
          transport: "unix",
          path: ${JSON.stringify(path)},
        });
        await conn.write(new TextEncoder().encode(String(Deno.pid)));
        await conn.read(new Uint8Array(1));
      } catch (error) {
        if (error instanceof Deno.errors.NotCapable) throw error;
      }
    })()`;
  }

  /** Resolves to the id of the next process that arrives. */
  async arrival(): Promise<number> {
    const conn = await inTime(this.#listener.accept(), "arrival at the gate");
    this.#waiting.push(conn);
    const buffer = new Uint8Array(32);
    const count = await conn.read(buffer);
    return Number(new TextDecoder().decode(buffer.subarray(0, count ?? 0)));
  }

  /** Lets everyone pass, now and later. */
  [Symbol.dispose](): void {
    for (const conn of this.#waiting.splice(0)) conn.close();
    try {
      this.#listener.close();
    } catch {
      // It was opened before.
    }
  }

  /** Lets everyone pass, now and later. */
  open(): void {
    this[Symbol.dispose]();
  }
}
