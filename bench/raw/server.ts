// The floor's server: raw/server.ts SOCK. The first line of a connection says
// what it is for: `echo`, or `down` or `up` with the size of a chunk and of all.
import { ByteCheck } from "../payload.mjs";
import { makeSource } from "../autod/iface.ts";
import { READ_BYTES, receive, writeAll } from "./socket.ts";

async function serve(conn: Deno.UnixConn): Promise<void> {
  const [work, size, total] = await readWords(conn);
  await conn.write(new Uint8Array(1));
  if (work === "echo") await echo(conn);
  if (work === "down") await send(conn, Number(size), Number(total));
  if (work === "up") {
    const check = new ByteCheck(Number(size));
    for await (const chunk of receive(conn)) check.take(chunk);
    await writeAll(conn, new TextEncoder().encode(`${check.got}`));
  }
  conn.close();
}

async function readWords(conn: Deno.UnixConn): Promise<string[]> {
  const memory = new Uint8Array(64);
  const count = await conn.read(memory);
  return new TextDecoder().decode(memory.subarray(0, count ?? 0)).split(" ");
}

async function echo(conn: Deno.UnixConn): Promise<void> {
  const memory = new Uint8Array(READ_BYTES);
  for (let count; (count = await conn.read(memory)) !== null;) {
    await writeAll(conn, memory.subarray(0, count));
  }
}

async function send(
  conn: Deno.UnixConn,
  size: number,
  total: number,
): Promise<void> {
  for await (const chunk of makeSource(size, total)) {
    await writeAll(conn, chunk);
  }
}

const listener = Deno.listen({ transport: "unix", path: Deno.args[0] });
for await (const conn of listener) {
  serve(conn).catch(() => {}); // the client has gone
}
