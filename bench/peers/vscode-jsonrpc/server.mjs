// server.mjs SOCK
// @ts-ignore: node finds it
import * as rpc from "vscode-jsonrpc/node";
import { listen } from "../net.mjs";

listen(process.argv[2], (socket) => {
  const connection = rpc.createMessageConnection(
    new rpc.SocketMessageReader(socket),
    new rpc.SocketMessageWriter(socket),
  );
  connection.onRequest("sum", (a, b) => a + b);
  connection.onRequest("echo", (value) => value);
  connection.listen();
});
