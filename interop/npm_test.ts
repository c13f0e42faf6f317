// Clients from npm, each as its own documentation has it, run by node.
import { assertEquals } from "@std/assert";
import { OUTCOMES, runClient, TEXT } from "./clients.ts";
import { lack, testUnless } from "./needs.ts";
import { installPackages } from "./packages.ts";

const lacking = await lack("node") ?? await installPackages();

const INVALID = { code: -32600 };
const BATCH = [["a", 7], ["b", -32601]];

testUnless(
  lacking,
  "jayson's TCP client takes the path of a daemon's socket",
  async () => {
    assertEquals(await runClient("node", "jayson.mjs"), [{
      ...OUTCOMES,
      invalid: INVALID,
      version1: INVALID,
      batch: BATCH,
    }]);
  },
);

testUnless(lacking, "json-rpc-2.0 talks to a daemon over lines", async () => {
  assertEquals(await runClient("node", "json_rpc_2.mjs"), [{
    ...OUTCOMES,
    invalid: INVALID,
    batch: BATCH,
    notJson: -32700,
    emptyBatch: -32600,
  }]);
});

testUnless(
  lacking,
  "vscode-jsonrpc talks to a daemon over lines, and cancels a call",
  async () => {
    assertEquals(await runClient("node", "vscode_jsonrpc.mjs"), [{
      ...OUTCOMES,
      cancelled: { code: -32800 },
      notJson: -32700,
      emptyBatch: -32600,
    }]);
  },
);

testUnless(
  lacking ?? await lack("socat"),
  "the MCP SDK's stdio transport talks to a daemon through socat",
  async () => {
    const { missing, wrongParams, thrown } = OUTCOMES;
    assertEquals(await runClient("node", "mcp.mjs"), [{
      positional: { args: [42, 23] },
      named: { args: [{ minuend: 42, subtrahend: 23 }] },
      without: { args: [] },
      text: { args: [TEXT] },
      heard: { heard: [[7]] },
      missing,
      wrongParams,
      invalid: INVALID,
      thrown,
      emptyBatch: "refused",
    }, { afterwards: { args: ["still there"] } }]);
  },
);
