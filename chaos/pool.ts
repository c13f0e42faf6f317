import { ClientProcess } from "./client_process.ts";
import type { Plan } from "./plan.ts";
import type { Told } from "./report.ts";

/** Keeps so many clients at work until it is told to finish. */
export class Pool {
  readonly #plan: Plan;
  readonly #dir: string;
  readonly #sockfile: string;
  readonly #clients: ClientProcess[] = [];
  readonly #atWork: ClientProcess[] = [];
  readonly #slots: Promise<void>[];
  #finishing = false;

  /** Starts the clients of `plan`, which live in the folder `dir`. */
  constructor(plan: Plan, dir: string, sockfile: string) {
    this.#plan = plan;
    this.#dir = dir;
    this.#sockfile = sockfile;
    this.#slots = Array.from(
      { length: plan.clients },
      (_, slot) => this.#keep(slot),
    );
  }

  /** How many clients there were. */
  get length(): number {
    return this.#clients.length;
  }

  /** Everything that clients told. */
  get told(): Told[] {
    return this.#clients.flatMap(({ told }) => told);
  }

  /** What went wrong with clients. */
  get failures(): string[] {
    return this.#clients.flatMap(({ failures }) => failures);
  }

  /** Kills the client that is at work in a slot. */
  kill(slot: number): void {
    this.#atWork[slot % this.#plan.clients].kill();
  }

  /** Kills all that are at work. */
  killAll(): void {
    for (const client of this.#atWork) client.kill();
  }

  /** Starts no more clients, and resolves when the last has ended. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await Promise.all(this.#slots);
  }

  /** Lets one more client make one call. */
  async once(): Promise<readonly Told[]> {
    const client = this.#start("last", [0], true);
    await client.ended;
    return client.told;
  }

  async #keep(slot: number): Promise<void> {
    for (let number = 0; !this.#finishing; number++) {
      const client = this.#start(`${slot}.${number}`, [slot, number]);
      this.#atWork[slot] = client;
      await client.ended;
    }
  }

  #start(name: string, seeds: readonly number[], once = false): ClientProcess {
    const { seed, round, autoclose, drainTimeout, slowest } = this.#plan;
    const client = new ClientProcess({
      dir: this.#dir,
      sockfile: this.#sockfile,
      name,
      seeds: [seed, round, ...seeds],
      once,
      autoclose,
      drainTimeout,
      slowest,
    });
    this.#clients.push(client);
    return client;
  }
}
