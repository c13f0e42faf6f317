// server.mjs SOCK
// @ts-ignore: node finds it
import { RpcSession, RpcTarget } from "capnweb";
import { listen } from "../net.mjs";
import { SocketTransport } from "./transport.mjs";

class Main extends RpcTarget {
  sum(a, b) {
    return a + b;
  }

  echo(value) {
    return value;
  }
}

listen(process.argv[2], (socket) => {
  new RpcSession(new SocketTransport(socket), new Main());
});
