// The daemon of the chaos: counts, and writes down each call that it counts.
import { setTimeout } from "node:timers/promises";
import type { CreateIface } from "../server.ts";
import { FILES, toLine } from "./journal.ts";
import { Sole } from "./sole.ts";

// The folder of the rpcfile, and so of the round.
const dir = Deno.cwd();
const sole = new Sole(dir);
const journal = Deno.openSync(`${dir}/${FILES.journal}`, {
  append: true,
  create: true,
});
const encoder = new TextEncoder();
let count = 0;

await sole.check();

export default (async (_server, _stream, [slowest]) => {
  const session = await sole.enter();
  return {
    async add(id: string, before: number, after: number) {
      if (before > 0) await setTimeout(before);
      const entry = { id, count: ++count, pid: Deno.pid };
      journal.writeSync(encoder.encode(toLine(entry)));
      if (after > 0) await setTimeout(after);
      return entry;
    },
    async [Symbol.asyncDispose]() {
      if (Number(slowest) > 0) await setTimeout(Number(slowest));
      session[Symbol.dispose]();
    },
  };
}) satisfies CreateIface;
