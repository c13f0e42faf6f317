// json-rpc-2.0's client over lines. Usage: json_rpc_2.mjs SOCKET TEXT
import { Lines } from "./lines.mjs";
import { load, print } from "./outcomes.mjs";
import { Strays } from "./strays.mjs";

const { JSONRPCClient } = load("json-rpc-2.0");
const [path, text] = process.argv.slice(2);
const strays = new Strays();
const lines = new Lines(path, (message) => {
  if (message.id === null) strays.add(message.error.code);
  else client.receive(message);
});
const client = new JSONRPCClient((message) => lines.send(message));

/** A request of any form. */
async function raw(message) {
  const { error, result } = await client.requestAdvanced(message);
  if (error) throw error;
  return result;
}

async function batch(...requests) {
  const answers = await client.requestAdvanced(
    requests.map((request) => ({ jsonrpc: "2.0", ...request })),
  );
  return answers.map(({ id, result, error }) => [id, result ?? error.code]);
}

/** A line that is no request. */
function stray(line) {
  lines.write(line);
  return strays.next();
}

client.notify("notify_hello", [7]);
await print({
  positional: client.request("subtract", [42, 23]),
  named: client.request("subtract", { minuend: 42, subtrahend: 23 }),
  without: client.request("get_data"),
  nothing: client.request("update", [1, 2]),
  text: client.request("echo", [text]),
  heard: client.request("heard", [3]),
  missing: client.request("foobar"),
  wrongParams: client.request("$/hello", {}),
  invalid: raw({ jsonrpc: "2.0", id: "i", method: 1 }),
  thrown: client.request("take"),
  batch: batch(
    { id: "a", method: "sum", params: [1, 2, 4] },
    { method: "notify_sum", params: [3] },
    { id: "b", method: "foobar" },
  ),
  notJson: stray("{"),
  emptyBatch: stray("[]"),
});
lines.close();
