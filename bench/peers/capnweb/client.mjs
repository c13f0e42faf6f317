// @ts-ignore: node finds it
import { RpcSession } from "capnweb";
import { dial } from "../net.mjs";
import { SocketTransport } from "./transport.mjs";

export async function connect(sock) {
  const main = new RpcSession(new SocketTransport(await dial(sock)))
    .getRemoteMain();
  return {
    sum: (a, b) => main.sum(a, b),
    echo: (value) => main.echo(value),
  };
}
