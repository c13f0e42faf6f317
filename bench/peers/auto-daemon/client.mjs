// @ts-ignore: node finds it
import autod from "auto-daemon";
import { once } from "node:events";
import { onLine } from "../net.mjs";
import { makeSource } from "./source.mjs";

const CHUNK = 64 * 1024;
/** So much that no stream of it ends by itself. */
const ENDLESS = 2 ** 40;

export function connect(sockfile) {
  return new Promise((resolve, reject) => {
    const rpcfile = import.meta.filename; // unused: the server runs already
    const methods = ["sum", "echo", "down:s", "up:s", "objects:s"];
    autod({ rpcfile, sockfile, methods }, (error, rpc, connection) => {
      if (error) reject(error);
      else resolve(makeApi(rpc, connection));
    });
  });
}

function makeApi(rpc, connection) {
  return {
    sum: (a, b) => new Promise((resolve) => rpc.sum(a, b, resolve)),
    echo: (value) => new Promise((resolve) => rpc.echo(value, resolve)),
    close: () => connection.destroy(),

    async down(size, total, take) {
      const stream = rpc.down(size, total);
      stream.on("data", (chunk) => {
        const wait = take(chunk);
        if (!wait) return;
        stream.pause();
        wait.then(() => stream.resume());
      });
      await once(stream, "end");
    },

    async up(size, total, piece, pause) {
      const stream = rpc.up(size, piece, pause);
      makeSource(size, total).pipe(stream);
      const [text] = await once(stream, "data");
      return Number(text);
    },

    async objects(count, take) {
      const stream = rpc.objects(count);
      onLine(stream, (line) => take(JSON.parse(line)));
      await once(stream, "end");
    },

    async unread() {
      const stream = rpc.down(CHUNK, ENDLESS);
      await once(stream, "readable"); // it flows
      return () => connection.destroy();
    },

    async flowing() {
      const stream = rpc.down(CHUNK, ENDLESS);
      stream.on("data", () => {});
      await once(stream, "data");
      return () => connection.destroy();
    },
  };
}
