// The floor's side of the worker: no protocol, no JSON.
import { makeSource } from "../autod/iface.ts";
import { receive, writeAll } from "./socket.ts";

type Take = (chunk: Uint8Array) => Promise<void> | void;

/** What a worker does with the floor's server. */
export async function connect(path: string) {
  const echo = await open(path, "echo");
  const memory = new Uint8Array(1024);
  const encoder = new TextEncoder();
  return {
    /** Sends what a call sends, and reads as much. */
    async sum(a: number, b: number) {
      const call = { jsonrpc: "2.0", id: a, method: "sum", params: [a, b] };
      const bytes = encoder.encode(`${JSON.stringify(call)}\n`);
      await writeAll(echo, bytes);
      for (let left = bytes.length; left > 0;) {
        left -= await echo.read(memory) ?? Infinity;
      }
      return a + b;
    },

    async down(size: number, total: number, take: Take) {
      using conn = await open(path, `down ${size} ${total}`);
      for await (const chunk of receive(conn)) {
        const wait = take(chunk);
        if (wait) await wait;
      }
    },

    /** A loop by hand with one buffer. */
    async byob(size: number, total: number, take: Take) {
      using conn = await open(path, `down ${size} ${total}`);
      const memory = new Uint8Array(256 * 1024);
      for (let count; (count = await conn.read(memory)) !== null;) {
        const wait = take(memory.subarray(0, count));
        if (wait) await wait;
      }
    },

    async up(size: number, total: number) {
      using conn = await open(path, `up ${size} ${total}`);
      for await (const chunk of makeSource(size, total)) {
        await writeAll(conn, chunk);
      }
      await conn.closeWrite();
      const count = await conn.read(memory);
      return Number(new TextDecoder().decode(memory.subarray(0, count ?? 0)));
    },
  };
}

async function open(path: string, words: string): Promise<Deno.UnixConn> {
  const conn = await Deno.connect({ transport: "unix", path });
  await writeAll(conn, new TextEncoder().encode(words));
  await conn.read(new Uint8Array(1)); // it is there
  return conn;
}
