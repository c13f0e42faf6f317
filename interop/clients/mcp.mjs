// The MCP SDK's transport for programs, by way of socat. Its messages are those
// of JSON-RPC whose results are objects. Usage: mcp.mjs SOCKET TEXT
import { load, print } from "./outcomes.mjs";
import { Strays } from "./strays.mjs";

const { StdioClientTransport } = load(
  "@modelcontextprotocol/sdk/client/stdio.js",
);
const [path, text] = process.argv.slice(2);
const transport = new StdioClientTransport({
  command: "socat",
  args: ["-", `UNIX-CONNECT:${path}`],
});
const calls = new Map();
const strays = new Strays();
transport.onmessage = ({ id, result, error }) => calls.get(id)(result, error);
// Its schema has no answer with the id null.
transport.onerror = () => strays.add("refused");
const closed = new Promise((resolve) => transport.onclose = resolve);
await transport.start();

/** A request, perhaps of a wrong form. */
function call(method, params) {
  const id = `${calls.size}`;
  const answer = new Promise((resolve, reject) => {
    calls.set(id, (result, error) => error ? reject(error) : resolve(result));
  });
  transport.send({ jsonrpc: "2.0", id, method, params });
  return answer;
}

/** What is no request. */
function stray(message) {
  transport.send(message);
  return strays.next();
}

transport.send({ jsonrpc: "2.0", method: "notify_hello", params: [7] });
await print({
  positional: call("echo", [42, 23]),
  named: call("echo", { minuend: 42, subtrahend: 23 }),
  without: call("echo"),
  text: call("echo", [text]),
  heard: call("heard", [1]),
  missing: call("foobar"),
  wrongParams: call("$/hello", {}),
  invalid: call(1),
  thrown: call("take"),
  emptyBatch: stray([]),
});
await print({ afterwards: call("echo", ["still there"]) });
await transport.close();
await closed;
