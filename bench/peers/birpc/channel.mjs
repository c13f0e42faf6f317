import { onLine } from "../net.mjs";

/** The options with which birpc speaks JSON over a socket, a message a line. */
export function overLines(socket) {
  return {
    post: (text) => socket.write(`${text}\n`),
    on: (receive) => onLine(socket, receive),
    serialize: (message) => JSON.stringify(message),
    deserialize: (text) => JSON.parse(text),
  };
}
