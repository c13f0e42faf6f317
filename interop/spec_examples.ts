/** One of the examples in section 7 of the specification. */
export interface Example {
  readonly name: string;
  /** What is sent, as it stands there; each is one message, and so one line here. */
  readonly sent: readonly string[];
  /** What is answered, as it stands there, an answer a line. */
  readonly answers: readonly unknown[];
  /** What the notifications have brought. */
  readonly heard?: readonly unknown[][];
}

const INVALID = {
  jsonrpc: "2.0",
  error: { code: -32600, message: "Invalid Request" },
  id: null,
};
const PARSE_ERROR = {
  jsonrpc: "2.0",
  error: { code: -32700, message: "Parse error" },
  id: null,
};

/** https://www.jsonrpc.org/specification#examples, all of them. */
export const EXAMPLES: readonly Example[] = [
  {
    name: "rpc call with positional parameters",
    sent: [
      '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
      '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
    ],
    answers: [
      { jsonrpc: "2.0", result: 19, id: 1 },
      { jsonrpc: "2.0", result: -19, id: 2 },
    ],
  },
  {
    name: "rpc call with named parameters",
    sent: [
      '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
      '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
    ],
    answers: [
      { jsonrpc: "2.0", result: 19, id: 3 },
      { jsonrpc: "2.0", result: 19, id: 4 },
    ],
  },
  {
    name: "a Notification",
    sent: [
      '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}',
      '{"jsonrpc": "2.0", "method": "foobar"}',
    ],
    answers: [],
    heard: [[1, 2, 3, 4, 5]],
  },
  {
    name: "rpc call of non-existent method",
    sent: ['{"jsonrpc": "2.0", "method": "foobar", "id": "1"}'],
    answers: [{
      jsonrpc: "2.0",
      error: { code: -32601, message: "Method not found" },
      id: "1",
    }],
  },
  {
    name: "rpc call with invalid JSON",
    sent: ['{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]'],
    answers: [PARSE_ERROR],
  },
  {
    name: "rpc call with invalid Request object",
    sent: ['{"jsonrpc": "2.0", "method": 1, "params": "bar"}'],
    answers: [INVALID],
  },
  {
    name: "rpc call Batch, invalid JSON",
    sent: [`[
      {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
      {"jsonrpc": "2.0", "method"
    ]`],
    answers: [PARSE_ERROR],
  },
  {
    name: "rpc call with an empty Array",
    sent: ["[]"],
    answers: [INVALID],
  },
  {
    name: "rpc call with an invalid Batch (but not empty)",
    sent: ["[1]"],
    answers: [[INVALID]],
  },
  {
    name: "rpc call with invalid Batch",
    sent: ["[1,2,3]"],
    answers: [[INVALID, INVALID, INVALID]],
  },
  {
    name: "rpc call Batch",
    sent: [`[
      {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
      {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
      {"foo": "boo"},
      {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
      {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
    ]`],
    answers: [[
      { jsonrpc: "2.0", result: 7, id: "1" },
      { jsonrpc: "2.0", result: 19, id: "2" },
      INVALID,
      {
        jsonrpc: "2.0",
        error: { code: -32601, message: "Method not found" },
        id: "5",
      },
      { jsonrpc: "2.0", result: ["hello", 5], id: "9" },
    ]],
    heard: [[7]],
  },
  {
    name: "rpc call Batch (all notifications)",
    sent: [`[
      {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}
    ]`],
    answers: [],
    heard: [[1, 2, 4], [7]],
  },
];
