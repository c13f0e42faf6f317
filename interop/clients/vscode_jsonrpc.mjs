// vscode-jsonrpc over lines: its own streams have headers as HTTP has.
// Usage: vscode_jsonrpc.mjs SOCKET TEXT
import { Lines } from "./lines.mjs";
import { load, print } from "./outcomes.mjs";
import { Strays } from "./strays.mjs";

const {
  AbstractMessageReader,
  AbstractMessageWriter,
  CancellationTokenSource,
  createMessageConnection,
} = load("vscode-jsonrpc/node");
const [path, text] = process.argv.slice(2);

class LineMessageReader extends AbstractMessageReader {
  listen(callback) {
    this.receive = callback;
    return this;
  }
}

class LineMessageWriter extends AbstractMessageWriter {
  // deno-lint-ignore require-await
  async write(message) {
    lines.send(message);
  }

  end() {}
}

const reader = new LineMessageReader();
const lines = new Lines(path, (message) => reader.receive(message));
const strays = new Strays();
const connection = createMessageConnection(reader, new LineMessageWriter(), {
  // Where it tells of answers to no request of its own.
  error: (text) => strays.add(JSON.parse(text.slice(text.indexOf("{"))).code),
  warn: fail,
  info: fail,
  log: fail,
});
connection.listen();

function fail(text) {
  throw new Error(text);
}

function call(...args) {
  return connection.sendRequest(...args);
}

function cancelled(...args) {
  const source = new CancellationTokenSource();
  const answer = call(...args, source.token);
  source.cancel();
  return answer;
}

/** A line that is no request. */
function stray(line) {
  lines.write(line);
  return strays.next();
}

connection.sendNotification("notify_hello", 7);
connection.sendNotification("notify_sum", 3);
await print({
  positional: call("subtract", 42, 23),
  named: call("subtract", { minuend: 42, subtrahend: 23 }),
  without: call("get_data"),
  nothing: call("update", 1, 2),
  text: call("echo", text),
  heard: call("heard", 3),
  missing: call("foobar"),
  wrongParams: call("$/hello", {}),
  thrown: call("take"),
  cancelled: cancelled("never"),
  notJson: stray("{"),
  emptyBatch: stray("[]"),
});
lines.close();
