import { assertEquals } from "@std/assert";
import { Acceptor } from "./acceptor.ts";
import { seldom } from "./report.ts";
import { Timers } from "../testing/timers.ts";

/** A listener whose process has as many descriptors as the test lets it have. */
class PoorListener {
  readonly #accepts: PromiseWithResolvers<Deno.UnixConn>[] = [];
  readonly #ended = Promise.withResolvers<void>();
  asked = 0;
  closed = false;
  /** Resolves when it is closed. */
  readonly ended = this.#ended.promise;

  accept(): Promise<Deno.UnixConn> {
    this.asked++;
    const accept = Promise.withResolvers<Deno.UnixConn>();
    this.#accepts.push(accept);
    return accept.promise;
  }

  come(conn: object): void {
    this.#accepts.shift()?.resolve(conn as Deno.UnixConn);
  }

  fail(): void {
    this.#accepts.shift()?.reject(new Error("Too many open files"));
  }

  close(): void {
    this.closed = true;
    this.#ended.resolve();
    for (const { reject } of this.#accepts) reject(new Error("closed"));
  }

  get listener(): Deno.UnixListener {
    return this as unknown as Deno.UnixListener;
  }
}

function acceptorOf(poor: PoorListener) {
  const served: unknown[] = [];
  const reports: string[] = [];
  const acceptor = new Acceptor({
    serve: (conn) => void served.push(conn),
    refusal: () => undefined,
    report: seldom((error, what) => reports.push(`${what}: ${error}`)),
  });
  acceptor.use(poor.listener);
  return { acceptor, served, reports };
}

Deno.test("Acceptor waits a while after each failure, and tells of the first", async () => {
  using timers = new Timers();
  const poor = new PoorListener();
  const { acceptor, served, reports } = acceptorOf(poor);
  for (let failures = 1; failures <= 20; failures++) {
    assertEquals(poor.asked, failures);
    poor.fail();
    await timers.rest();
    assertEquals([poor.asked, timers.length], [failures, 1]);
    timers.fire();
    await timers.rest();
  }
  assertEquals(reports, [
    "accepting a connection: Error: Too many open files",
  ]);
  const conn = {};
  poor.come(conn);
  await timers.rest();
  assertEquals(served, [conn]);
  // Where some come and some fail in turn, that is no news.
  poor.fail();
  await timers.rest();
  assertEquals(reports.length, 1);
  acceptor.close();
  timers.fire();
});

Deno.test("Acceptor.close() is no failure", async () => {
  const poor = new PoorListener();
  const { acceptor, reports } = acceptorOf(poor);
  acceptor.close();
  await Promise.resolve();
  assertEquals([poor.closed, reports], [true, []]);
});

Deno.test("Acceptor.use() goes on with another listener, when it has let in who waits at the old one", async () => {
  const [old, next] = [new PoorListener(), new PoorListener()];
  const { acceptor, served, reports } = acceptorOf(old);
  acceptor.use(next.listener);
  const conns = [{}, {}, {}];
  next.come(conns[0]);
  for (const conn of conns.slice(1)) {
    old.come(conn);
    await Promise.resolve();
  }
  await old.ended;
  assertEquals([next.closed, served], [false, conns]);
  acceptor.close();
  await Promise.resolve();
  assertEquals([next.closed, reports], [true, []]);
});
