/** Something else than a daemon that serves a socket. */
export class FakeDaemon implements AsyncDisposable {
  /** How many connections it took. */
  connections = 0;
  /** The inode of its socket. */
  readonly inode: number | null;
  readonly #listener: Deno.UnixListener;
  readonly #conns: Deno.Conn[] = [];
  readonly #serving: Promise<void>;

  /** Listens at `path`; `serve` gets each connection, which is closed at the end. */
  constructor(path: string, serve: (conn: Deno.Conn) => Promise<unknown>) {
    this.#listener = Deno.listen({ transport: "unix", path });
    this.inode = Deno.lstatSync(path).ino;
    this.#serving = this.#serve(serve);
  }

  async #serve(serve: (conn: Deno.Conn) => Promise<unknown>): Promise<void> {
    const served: Promise<unknown>[] = [];
    for await (const conn of this.#listener) {
      this.connections++;
      this.#conns.push(conn);
      // The other side hangs up when it has had enough.
      served.push(serve(conn).catch(() => {}));
    }
    await Promise.all(served);
  }

  /** Stops to listen and hangs up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) {
      try {
        conn.close();
      } catch {
        // It was closed before.
      }
    }
    await this.#serving;
  }
}
