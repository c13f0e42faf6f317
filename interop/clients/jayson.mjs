// jayson's TCP client, which makes a connection for each request and takes a
// socket's path. Usage: jayson.mjs SOCKET TEXT
import { promisify } from "node:util";
import { load, print } from "./outcomes.mjs";

const jayson = load("jayson");
const [path, text] = process.argv.slice(2);
const client = jayson.client.tcp({ path });
const request = promisify(client.request.bind(client));

async function call(method, params) {
  return unwrap(await request(method, params));
}

/** A request of any form. */
async function raw(message) {
  return unwrap(await request(message));
}

function unwrap({ error, result }) {
  if (error) throw error;
  return result;
}

async function batch(...requests) {
  const answers = await request(requests);
  return answers.map(({ id, result, error }) => [id, result ?? error.code]);
}

await request("notify_hello", [7], null);
await print({
  positional: call("subtract", [42, 23]),
  named: call("subtract", { minuend: 42, subtrahend: 23 }),
  without: call("get_data", []),
  nothing: call("update", [1, 2]),
  text: call("echo", [text]),
  heard: call("heard", [3]),
  missing: call("foobar", []),
  wrongParams: call("$/hello", {}),
  invalid: raw({ jsonrpc: "2.0", id: 1, method: 1 }),
  version1: promisify((callback) => {
    const client = jayson.client.tcp({ path, version: 1 });
    client.request("get_data", [], callback);
  })().then(unwrap),
  thrown: call("take", []),
  batch: batch(
    client.request("sum", [1, 2, 4], "a"),
    client.request("notify_sum", [3], null),
    client.request("foobar", [], "b"),
  ),
});
