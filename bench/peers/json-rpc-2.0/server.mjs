// server.mjs SOCK
// @ts-ignore: node finds it
import { JSONRPCServer } from "json-rpc-2.0";
import { listen, onLine } from "../net.mjs";

const server = new JSONRPCServer();
server.addMethod("sum", ([a, b]) => a + b);
server.addMethod("echo", ([value]) => value);

listen(process.argv[2], (socket) => {
  onLine(socket, async (line) => {
    const answer = await server.receiveJSON(line);
    if (answer) socket.write(`${JSON.stringify(answer)}\n`);
  });
});
