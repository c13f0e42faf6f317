// This library's side of the worker.
import type { makeObject } from "../payload.mjs";
import { openDaemon } from "./daemon.ts";
import { makeSource } from "./iface.ts";

type Take<T> = (chunk: T) => Promise<void> | void;

/** So much that no stream of it ends by itself. */
const ENDLESS = 2 ** 40;
const CHUNK = 64 * 1024;

/** What a worker does with a daemon. */
export async function connect(sockfile: string) {
  const { rpc, connection } = await openDaemon(sockfile);
  return {
    sum: (a: number, b: number) => rpc.sum(a, b),
    echo: (value: unknown) => rpc.echo(value),
    close: () => connection.close(),

    async down(size: number, total: number, take: Take<Uint8Array>) {
      for await (const chunk of rpc.down(size, total)) {
        const wait = take(chunk);
        if (wait) await wait;
      }
    },

    async byob(size: number, total: number, take: Take<Uint8Array>) {
      const { bytes } = rpc.down(size, total);
      const reader = bytes.getReader({ mode: "byob" });
      let memory = new Uint8Array(256 * 1024);
      for (;;) {
        const { done, value } = await reader.read(memory);
        if (done) return;
        const wait = take(value);
        if (wait) await wait;
        memory = new Uint8Array(value.buffer);
      }
    },

    async up(size: number, total: number, piece?: number, pause?: number) {
      const { writable } = rpc.up(size, piece, pause);
      await makeSource(size, total).pipeTo(writable);
      return await rpc.received();
    },

    async objects(count: number, take: Take<ReturnType<typeof makeObject>>) {
      for await (const object of rpc.objects(count)) take(object);
    },

    /** A stream that nobody reads; the result ends it. */
    async unread() {
      const reader = rpc.down(CHUNK, ENDLESS).readable.getReader();
      await reader.read(); // it flows
      return () => reader.cancel();
    },

    /** A stream that is read as fast as it comes; the result ends it. */
    async flowing() {
      const stream = rpc.down(CHUNK, ENDLESS);
      const begun = Promise.withResolvers<void>();
      let ended = false;
      const reading = (async () => {
        for await (const _ of stream) {
          begun.resolve();
          if (ended) break;
        }
      })();
      await begun.promise;
      return () => {
        ended = true;
        return reading;
      };
    },
  };
}
