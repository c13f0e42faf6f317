// The daemon's side: formats several texts at once, and gives up those that
// nobody waits for any more.
import type { CreateIface } from "@autod/autod/server";
import { Pool } from "./pool.ts";
import type { Answer, Job } from "./worker.ts";

/** Prettier's own options, as a JSON file has them. */
export type Options = Readonly<Record<string, unknown>>;

const pool = new Pool<Job, Answer>(import.meta.resolve("./worker.ts"));

export default ((_server, stream) => ({
  async format(text: string, filepath: string, options: Options) {
    const job = { text, options: { ...options, filepath } };
    const answer = await pool.ask(job, stream.callSignal);
    if ("text" in answer) return answer.text;
    throw Object.assign(new Error(answer.message), { name: answer.name });
  },
})) satisfies CreateIface;
