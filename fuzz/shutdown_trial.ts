import { createServer } from "../server.ts";
import { inTime } from "../src/testing/deadline.ts";
import type { Random } from "../src/testing/random.ts";
import { SocketClaim } from "../src/files/socket_claim.ts";
import { checkForm } from "./check_answers.ts";
import { endWriting, hangUp } from "./feed.ts";
import { hostileJson, times } from "./hostile.ts";
import { KINDS, makeIface } from "./iface.ts";
import { concat, toBytes } from "./mutate.ts";
import { makeLines, requestText } from "./requests.ts";
import { Tap } from "./tap.ts";
import { type Outcome, show } from "./trial.ts";

const SHUTDOWN = '"$/shutdown"';
/** What the server's messages may have. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** How long the claim of a server that has closed may take to be free, in milliseconds. */
const CLAIM_TIMEOUT = 5000;

/** Asks a server on the socket `path` to shut down among other things. It does, whatever else was said. */
export async function shutdownTrial(
  random: Random,
  path: string,
): Promise<Outcome> {
  const kind = random.pick(KINDS);
  const lost: string[] = [];
  const server = createServer((_, session) => makeIface(session, kind), {
    maxMessageBytes: MAX_MESSAGE_BYTES,
    drainTimeout: 50,
    onError: (_, what) => lost.push(what),
  });
  await server.listen(path);
  const clients = await Promise.all(
    times(random.between(1, 3), async () => {
      const conn = await Deno.connect({ transport: "unix", path });
      return { conn, tap: new Tap(conn), bytes: makeBytes(random) };
    }),
  );
  const failures: string[] = [];
  await Promise.all(clients.map(async ({ conn, bytes }) => {
    await conn.write(bytes).catch(() => {});
    if (random.chance(50)) await endWriting(conn);
  }));
  // A wrong line may have swallowed the request; this one is alone.
  const last = await Deno.connect({ transport: "unix", path }).catch(() => {});
  if (last) {
    const tap = new Tap(last);
    const line = requestText({ method: SHUTDOWN });
    await last.write(toBytes([line])).catch(() => {});
    await tap.end;
    hangUp(last);
  }
  await inTime(server.closed, "the end of the server");
  for (const { conn, tap } of clients) {
    await inTime(tap.end, "the end of a connection");
    hangUp(conn);
    failures.push(...checkForm(tap.bytes, MAX_MESSAGE_BYTES));
  }
  const claim = await SocketClaim.take(path, CLAIM_TIMEOUT);
  if (claim === undefined) failures.push("the lock is held");
  claim?.release();
  if (server.refcount > 0) failures.push(`the refcount is ${server.refcount}`);
  return { failures, fed: clients.map(({ bytes }) => show(bytes)).join("\n") };
}

function makeBytes(random: Random): Uint8Array {
  const lines = makeLines(random, { sessions: [], ends: random.chance(50) });
  if (random.chance(50)) return lines;
  const params = random.pick([
    "{}",
    '{"force":true}',
    `{"force":${hostileJson(random)}}`,
    hostileJson(random),
  ]);
  const id = random.chance(50) ? "9" : undefined;
  const last = requestText({ id, method: SHUTDOWN, params });
  return concat([lines, toBytes(["", last])]);
}
