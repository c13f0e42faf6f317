// The floor: a unix socket, wrapped in plain ReadableStreams on both ends.
// raw.ts serve SOCK | raw.ts SOCK down|byob|up SIZE TOTAL: prints the seconds.
import { bytes } from "./autod_iface.ts";

type Conn = Deno.UnixConn;

async function writeAll(conn: Conn, chunk: Uint8Array): Promise<void> {
  let at = 0;
  while (at < chunk.length) at += await conn.write(chunk.subarray(at));
}

async function send(conn: Conn, size: number, total: number): Promise<void> {
  for await (const chunk of bytes(size, total)) await writeAll(conn, chunk);
}

function receive(conn: Conn, size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(out) {
      const memory = new Uint8Array(Math.max(size, 64 * 1024));
      const count = await conn.read(memory);
      if (count === null) out.close();
      else out.enqueue(memory.subarray(0, count));
    },
  }, { highWaterMark: 0 });
}

/** A loop by hand with one buffer: what a BYOB reader is measured against. */
async function handLoop(conn: Conn): Promise<number> {
  const memory = new Uint8Array(256 * 1024);
  let got = 0;
  for (let n; (n = await conn.read(memory)) !== null;) got += n;
  return got;
}

async function count(stream: ReadableStream<Uint8Array>): Promise<number> {
  let got = 0;
  for await (const chunk of stream) got += chunk.length;
  return got;
}

async function serve(conn: Conn): Promise<void> {
  const head = new Uint8Array(64);
  await conn.read(head);
  const [work, size, total] = new TextDecoder().decode(head).split(" ");
  if (work !== "up") {
    await send(conn, +size, +total);
  } else {
    await count(receive(conn, +size));
    await conn.write(new Uint8Array(1));
  }
  conn.close();
}

if (Deno.args[0] === "serve") {
  const path = Deno.args[1];
  for await (const conn of Deno.listen({ transport: "unix", path })) {
    serve(conn);
  }
}
const [path, work, size, total] = Deno.args;
const conn = await Deno.connect({ transport: "unix", path });
const start = performance.now();
const head = new Uint8Array(64).fill(32);
new TextEncoder().encodeInto(`${work} ${size} ${total} `, head);
await conn.write(head);
let got = +total;
if (work === "down") got = await count(receive(conn, +size));
else if (work === "byob") got = await handLoop(conn);
else {
  await send(conn, +size, +total);
  await conn.closeWrite();
  await conn.read(head);
}
if (got !== +total) throw new Error(`got ${got} of ${total}`);
console.log((performance.now() - start) / 1000);
conn.close();
