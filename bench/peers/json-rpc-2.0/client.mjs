// @ts-ignore: node finds it
import { JSONRPCClient } from "json-rpc-2.0";
import { dial, onLine } from "../net.mjs";

export async function connect(sock) {
  const socket = await dial(sock);
  const client = new JSONRPCClient((request) => {
    socket.write(`${JSON.stringify(request)}\n`);
  });
  onLine(socket, (line) => client.receive(JSON.parse(line)));
  return {
    sum: (a, b) => client.request("sum", [a, b]),
    echo: (value) => client.request("echo", [value]),
  };
}
