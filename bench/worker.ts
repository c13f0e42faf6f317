import { TextLineStream } from "@std/streams";
import type { Yard } from "./yard.ts";

/** How long a job may take, in milliseconds: a peer may hang. */
const JOB_TIMEOUT = 30_000;

/** How long a worker may take to end, in milliseconds: node 24 hangs at that at times. */
const END_TIMEOUT = 2000;

/** A client in a process of its own, which does what it is told. */
export class Worker implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#lines = process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  /** Starts the worker of `name`; `argv` names its client and its server's socket. */
  static async start(
    yard: Yard,
    name: string,
    argv: readonly string[],
  ): Promise<Worker> {
    const command = yard.command(name, argv, {
      stdin: "piped",
      stdout: "piped",
    });
    const worker = new Worker(command.spawn());
    await worker.#answer();
    return worker;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Has a job done, and resolves to what it says of it.
   *
   * @throws {Error} If it fails.
   */
  async do<T = { seconds: number }>(
    job: string,
    options: Record<string, unknown> = {},
  ): Promise<T> {
    const line = `${JSON.stringify({ job, ...options })}\n`;
    await this.#input.write(new TextEncoder().encode(line));
    const answer = await this.#answer();
    if (answer.error) throw new Error(`${job}: ${answer.error}`);
    return answer as T;
  }

  async #answer(): Promise<Record<string, unknown>> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), JOB_TIMEOUT);
    const { value } = await this.#lines.read();
    clearTimeout(timer);
    if (value === undefined) throw new Error("the worker has ended");
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lines.cancel().catch(() => {});
    await this.#input.close().catch(() => {}); // it ends with its input
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), END_TIMEOUT);
    await this.#process.status;
    clearTimeout(timer);
  }
}
