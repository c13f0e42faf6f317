import { join } from "@std/path";
import { AUTOD, type Bench } from "./bench.ts";
import type { Contender } from "./contender.ts";
import { cpuTime } from "./proc.ts";
import { Worker } from "./worker.ts";

/** A contender whose server runs, with a worker that is connected to it. */
export class Member implements AsyncDisposable {
  readonly #bench: Bench;
  readonly #contender: Contender;
  readonly #sockfile: string;
  /** Its server's process. */
  readonly serverPid: number;
  /** Its worker. */
  readonly worker: Worker;

  private constructor(
    bench: Bench,
    contender: Contender,
    sockfile: string,
    serverPid: number,
    worker: Worker,
  ) {
    this.#bench = bench;
    this.#contender = contender;
    this.#sockfile = sockfile;
    this.serverPid = serverPid;
    this.worker = worker;
  }

  /** Starts both. */
  static async start(bench: Bench, contender: Contender): Promise<Member> {
    const { yard } = bench;
    const sockfile = join(yard.folder(contender.name), "s");
    const pid = await contender.serve(yard, sockfile);
    const worker = await startWorker(bench, contender, sockfile);
    return new Member(bench, contender, sockfile, pid, worker);
  }

  get name(): string {
    return this.#contender.name;
  }

  /** Starts one more worker, whose compiler is as cold as a command's. */
  startWorker(): Promise<Worker> {
    return startWorker(this.#bench, this.#contender, this.#sockfile);
  }

  /** Has calls made, and returns how many there were a second, and what CPU time each took of both sides, in µs. */
  async rate(
    job: string,
    options: Record<string, number>,
  ): Promise<{ rate: number; cpu: number }> {
    const pids = [this.worker.pid, this.serverPid];
    const cpu = () => pids.reduce((sum, pid) => sum + cpuTime(pid), 0);
    const before = cpu();
    const { calls, seconds } = await this.worker.do<
      { calls: number; seconds: number }
    >(job, options);
    return { rate: calls / seconds, cpu: (cpu() - before) / calls * 1e6 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker[Symbol.asyncDispose]();
    await this.#bench.yard.stop(this.name);
    await Deno.remove(this.#sockfile).catch(() => {}); // a peer's that was killed
  }
}

function startWorker(
  { yard }: Bench,
  { name, worker }: Contender,
  sockfile: string,
): Promise<Worker> {
  return Worker.start(yard, name, [...worker, sockfile]);
}

/** Contenders that are ready side by side. */
export class Team implements AsyncDisposable {
  /** Those that could be started. */
  readonly members: Member[] = [];

  /** Starts them; a peer that cannot be started is left out. */
  static async start(
    bench: Bench,
    contenders: readonly Contender[],
  ): Promise<Team> {
    const team = new Team();
    for (const contender of contenders) {
      try {
        team.members.push(await Member.start(bench, contender));
      } catch (error) {
        if (contender.name === AUTOD || bench.yard.ended) throw error;
        console.error(`Without ${contender.name}: ${error}`);
      }
    }
    return team;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) await member[Symbol.asyncDispose]();
  }
}
