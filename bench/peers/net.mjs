// A socket with lines on it, for peers that bring no framing of their own.
import net from "node:net";
import { StringDecoder } from "node:string_decoder";

/** Calls `serve` with each socket that connects. */
export function listen(sock, serve) {
  net.createServer((socket) => {
    socket.on("error", () => {}); // the client has gone
    serve(socket);
  }).listen(sock);
}

/** Connects to a server. */
export function dial(sock) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(sock, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Calls `onLine` with each line that comes. */
export function onLine(socket, onLine) {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  socket.on("data", (bytes) => {
    const text = decoder.write(bytes);
    let at = 0;
    for (let end; (end = text.indexOf("\n", at)) >= 0; at = end + 1) {
      onLine(rest + text.slice(at, end));
      rest = "";
    }
    rest += text.slice(at);
  });
}
