// @ts-ignore: node finds it
import * as rpc from "vscode-jsonrpc/node";
import { dial } from "../net.mjs";

export async function connect(sock) {
  const socket = await dial(sock);
  const connection = rpc.createMessageConnection(
    new rpc.SocketMessageReader(socket),
    new rpc.SocketMessageWriter(socket),
  );
  connection.listen();
  const { byPosition } = rpc.ParameterStructures;
  return {
    sum: (a, b) => connection.sendRequest("sum", a, b),
    echo: (value) => connection.sendRequest("echo", byPosition, value),
  };
}
