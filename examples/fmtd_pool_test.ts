import { assertEquals, assertRejects } from "@std/assert";
import { toFileUrl } from "@std/path";
import { inTime } from "../src/testing/deadline.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import { Pool } from "./fmtd/pool.ts";

/** A worker that tells which one it is, or throws, or says that it computes and never ends. */
const WORKER = `const id = crypto.randomUUID();
self.onmessage = ({ data }) => {
  if (data === "throw") throw new Error("It broke");
  if (data === "who") return self.postMessage(id);
  Atomics.store(data, 0, 1);
  Atomics.notify(data, 0);
  for (;;);
};`;

type Job = "who" | "throw" | Int32Array;

const never = new AbortController().signal;

function poolIn(box: Sandbox, size?: number): Pool<Job, string> {
  const file = box.write("worker.js", WORKER);
  return new Pool(toFileUrl(file).href, size);
}

function who(pool: Pool<Job, string>): Promise<string> {
  return inTime(pool.ask("who", never), "the answer of a worker");
}

/** A job without an end that a worker is at. */
class EndlessJob {
  readonly #abort = new AbortController();
  readonly #rejected: Promise<Error>;
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));

  constructor(pool: Pool<Job, string>) {
    this.#rejected = assertRejects(
      () => pool.ask(this.#flag, this.#abort.signal),
      Error,
    );
  }

  async begun(): Promise<void> {
    const { value } = Atomics.waitAsync(this.#flag, 0, 0);
    await inTime(Promise.resolve(value), "the begin of a job");
  }

  async giveUp(): Promise<void> {
    const reason = new Error("Enough");
    this.#abort.abort(reason);
    const error = await inTime(this.#rejected, "the end of a job");
    assertEquals(error, reason);
  }
}

Deno.test("Pool.ask() uses the warmest worker, and another only if that is busy", async () => {
  await using box = new Sandbox();
  using pool = poolIn(box, 2);
  const first = await who(pool);
  assertEquals(await who(pool), first);
  const [one, other] = await Promise.all([who(pool), who(pool)]);
  assertEquals([one === first, other === first], [true, false]);
  assertEquals(await who(pool), other);
});

Deno.test("Pool.ask() answers others while a job has no end", async () => {
  await using box = new Sandbox();
  using pool = poolIn(box);
  const job = new EndlessJob(pool);
  await job.begun();
  await who(pool);
  await job.giveUp();
});

Deno.test("Pool.ask() puts another in the place of a worker whose job is given up", async () => {
  await using box = new Sandbox();
  using pool = poolIn(box, 1);
  const job = new EndlessJob(pool);
  const waiting = who(pool);
  await job.begun();
  await job.giveUp();
  await waiting;
});

Deno.test("Pool.ask() begins no job that was given up before its turn", async () => {
  await using box = new Sandbox();
  using pool = poolIn(box, 1);
  const first = who(pool);
  const job = new EndlessJob(pool);
  await job.giveUp();
  await first;
  await who(pool);
});

Deno.test("Pool.ask() tells what a worker threw, and goes on", async () => {
  await using box = new Sandbox();
  using pool = poolIn(box, 1);
  const broken = inTime(pool.ask("throw", never), "the error of a worker");
  await assertRejects(() => broken, Error, "It broke");
  await who(pool);
});
