import { connect } from "node:net";

/** A connection that carries a JSON text a line: what a client without a transport needs. */
export class Lines {
  #socket;
  #text = "";

  /** Connects, and gives each message that comes to `receive`. */
  constructor(path, receive) {
    this.#socket = connect(path).setEncoding("utf8");
    this.#socket.on("data", (text) => {
      // Not node:readline, which ends lines at U+2028 as well.
      const lines = (this.#text + text).split("\n");
      this.#text = lines.pop();
      for (const line of lines) receive(JSON.parse(line));
    });
  }

  /** Sends a message. */
  send(message) {
    this.write(JSON.stringify(message));
  }

  /** Sends a line, whatever it is. */
  write(line) {
    this.#socket.write(line + "\n");
  }

  /** Sends no more; the daemon ends the connection when it has answered. */
  close() {
    this.#socket.end();
  }
}
