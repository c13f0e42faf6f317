import { onLine } from "../net.mjs";

/** The transport of capnweb over a socket, a message a line. */
export class SocketTransport {
  #socket;
  #messages = [];
  #receiver;
  #error;

  constructor(socket) {
    this.#socket = socket;
    onLine(socket, (line) => {
      if (this.#receiver === undefined) return this.#messages.push(line);
      this.#receiver.resolve(line);
      this.#receiver = undefined;
    });
    socket.on("close", () => {
      this.#error = new Error("The socket has closed");
      this.#receiver?.reject(this.#error);
    });
  }

  send(message) {
    this.#socket.write(`${message}\n`);
    return Promise.resolve();
  }

  receive() {
    if (this.#messages.length > 0) {
      return Promise.resolve(this.#messages.shift());
    }
    if (this.#error) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#receiver = { resolve, reject };
    });
  }

  abort() {
    this.#socket.destroy();
  }
}
