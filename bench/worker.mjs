// A client that does the jobs that come on its stdin, a line each, in Deno and
// in node: worker.mjs CLIENT SOCK
import * as calls from "./jobs/calls.mjs";
import * as many from "./jobs/many.mjs";
import * as streams from "./jobs/streams.mjs";

const { Deno: deno, process: node } = globalThis.Deno
  ? { Deno: globalThis.Deno }
  : globalThis;
const [path, sock] = deno ? deno.args : node.argv.slice(2);
const { connect } = await import(path);
const jobs = { ...calls, ...many, ...streams };
const context = { api: undefined, connect: () => connect(sock) };

// One connection for all jobs that need no more.
async function run({ job, ...options }) {
  context.api ??= await context.connect();
  return await jobs[job](context, options);
}

async function answer(line) {
  try {
    return await run(JSON.parse(line));
  } catch (error) {
    return { error: String(error?.stack ?? error) };
  }
}

console.log("{}");
const decoder = new TextDecoder();
let rest = "";
for await (const bytes of deno ? deno.stdin.readable : node.stdin) {
  const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
  rest = lines.pop();
  for (const line of lines) console.log(JSON.stringify(await answer(line)));
}
deno ? deno.exit() : node.exit();
