import { fromFileUrl } from "@std/path";
import { TextLineStream, toText } from "@std/streams";
import { describeProcess } from "./proc.ts";
import type { Job, Told } from "./report.ts";

const CLIENT = fromFileUrl(new URL("./client.ts", import.meta.url));

/**
 * How long a client may live, in milliseconds: it waits for its daemon 30
 * seconds at most, and for a call as long as the driver stops a daemon.
 */
const CLIENT_DEADLINE = 90_000;

/** A client that runs, and what it tells. */
export class ClientProcess {
  readonly name: string;
  readonly told: Told[] = [];
  /** What went wrong that no error tells. */
  readonly failures: string[] = [];
  /** Resolves when it has ended and everything that it told was read. */
  readonly ended: Promise<void>;
  readonly #process: Deno.ChildProcess;
  #killed = false;
  #running = true;

  /** Starts it. */
  constructor(job: Job) {
    this.name = job.name;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "-A", CLIENT, JSON.stringify(job)],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.ended = this.#follow();
  }

  /** Ends it without a warning. */
  kill(): void {
    if (!this.#running) return;
    this.#killed = true;
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It ended just now.
    }
  }

  async #follow(): Promise<void> {
    const late = setTimeout(() => this.#hangs(), CLIENT_DEADLINE);
    const [, stderr, { code }] = await Promise.all([
      this.#read(),
      toText(this.#process.stderr),
      this.#process.status.finally(() => this.#running = false),
    ]);
    clearTimeout(late);
    if (this.#killed) return;
    if (code !== 0 || stderr !== "") {
      this.failures.push(`${this.name} ended with ${code}: ${stderr}`);
    }
    const open = unsettled(this.told);
    if (open.length > 0) this.failures.push(`never settled: ${open}`);
  }

  async #read(): Promise<void> {
    const lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      try {
        this.told.push(JSON.parse(line));
      } catch {
        if (!this.#killed) this.failures.push(`${this.name} said: ${line}`);
      }
    }
  }

  #hangs(): void {
    this.failures.push(
      `${this.name} hangs; it last told ${JSON.stringify(this.told.at(-1))}\n${
        describeProcess(this.#process.pid)
      }`,
    );
    this.kill();
  }
}

/** The ids that a client asked for and heard nothing of. */
function unsettled(told: readonly Told[]): string[] {
  const open = new Set<string>();
  for (const line of told) {
    if (line.event === "asked") line.ids.forEach((id) => open.add(id));
    if (line.event === "answered") open.delete(line.entry.id);
    if (line.event === "failed") open.delete(line.id);
  }
  return [...open];
}
