import { setTimeout } from "node:timers/promises";
import { inTime } from "../src/testing/deadline.ts";
import type { Sandbox } from "../src/testing/sandbox.ts";
import { FILES } from "./journal.ts";
import type { Action, Plan, Step } from "./plan.ts";
import type { Pool } from "./pool.ts";
import { sendSignal } from "./proc.ts";

/** More connections than a listener has room for. */
const FLOOD = 1200;
/** How many clients go at once. */
const MANY = 8;

/** How much longer a busy machine may need than a plan says. */
const SLOWNESS = 3;

/** Does what a plan says to the daemons and clients of one round. */
export class Deeds {
  readonly #box: Sandbox;
  readonly #pool: Pool;
  readonly #signal: AbortSignal;
  /** States that end later. */
  readonly #later: Promise<void>[] = [];
  /** What was done, for those who look for the cause of a failure. */
  readonly trace: string[] = [];

  /** `signal` ends all waiting. */
  constructor(box: Sandbox, pool: Pool, signal: AbortSignal) {
    this.#box = box;
    this.#pool = pool;
    this.#signal = signal;
  }

  /**
   * Does one step after the other, but not for longer than a few times
   * `duration` milliseconds, and resolves when no state of theirs is left.
   */
  async run({ steps, duration }: Plan): Promise<void> {
    const deadline = Date.now() + SLOWNESS * duration;
    for (const step of steps) {
      await this.#pause(step.pause);
      if (this.#signal.aborted || Date.now() > deadline) break;
      this.#note(`${step.action}, ${step.hold} ms`);
      await this.#deeds[step.action](step);
    }
    await inTime(Promise.all(this.#later), "the end of what was begun");
  }

  #note(what: string): void {
    this.trace.push(`${new Date().toISOString()} ${what}`);
  }

  readonly #deeds: Record<Action, (step: Step) => unknown> = {
    "kill the daemon": (step) => this.#signalDaemon(step, "SIGKILL"),
    "terminate the daemon": (step) => this.#signalDaemon(step, "SIGTERM"),
    "kill a client": ({ target }) => this.#pool.kill(target),
    "kill many clients": ({ target }) => {
      for (let more = 0; more < MANY; more++) this.#pool.kill(target + more);
    },
    "remove the socket": () => this.#removeSocket(),
    "stop the daemon": (step) => {
      const pid = this.#signalDaemon(step, "SIGSTOP");
      this.#afterwards(step.hold, () => sendSignal(pid, "SIGCONT"));
    },
    "fill the backlog": (step) => this.#fill(step),
    "shut down": () => this.#shutDown({}),
    "shut down by force": () => this.#shutDown({ force: true }),
    "touch the rpcfile": () => {
      const now = new Date();
      Deno.utimeSync(this.#box.path(FILES.rpcfile), now, now);
    },
    "edit the rpcfile": ({ target }) => writeRpcfile(this.#box, `${target}`),
  };

  /** Sends a signal to a daemon, which may be one that starts or closes. */
  #signalDaemon({ target }: Step, name: Deno.Signal): number | undefined {
    const daemons = this.#box.daemons();
    const pid = daemons[target % Math.max(1, daemons.length)];
    this.#note(`${name} to ${pid} of ${daemons}`);
    sendSignal(pid, name);
    return pid;
  }

  #removeSocket(): void {
    try {
      Deno.removeSync(this.#box.sockfile);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  // The daemon could not be reached just now.
  #shutDown(params: object): void {
    this.#later.push(
      this.#box.request("$/shutdown", params).then(() => {}, () => {}),
    );
  }

  async #fill(step: Step): Promise<void> {
    const pid = this.#signalDaemon(step, "SIGSTOP");
    const path = this.#box.sockfile;
    const tries = await Promise.allSettled(
      Array.from(
        { length: FLOOD },
        () => Deno.connect({ transport: "unix", path }),
      ),
    );
    const conns = tries.flatMap((one) =>
      one.status === "fulfilled" ? [one.value] : []
    );
    this.#note(`${conns.length} connections`);
    this.#afterwards(step.hold, () => {
      sendSignal(pid, "SIGCONT");
      for (const conn of conns) conn.close();
    });
  }

  #afterwards(milliseconds: number, end: () => void): void {
    this.#later.push(this.#pause(milliseconds).then(end));
  }

  async #pause(milliseconds: number): Promise<void> {
    const options = { signal: this.#signal };
    await setTimeout(milliseconds, undefined, options).catch(() => {});
  }
}

/** Puts a new rpcfile in the place of the old one, never a half of it. */
export function writeRpcfile(box: Sandbox, remark: string): void {
  const url = import.meta.resolve("./iface.ts");
  const text = `// ${remark}\nexport { default } from ${
    JSON.stringify(url)
  };\n`;
  Deno.renameSync(box.write("rpc.new", text), box.path(FILES.rpcfile));
}
