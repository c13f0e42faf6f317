/**
 * Workers that answer a job each. A job that takes seconds keeps the daemon
 * itself free, and can be given up: a thread that computes hears no signal.
 */
export class Pool<Job, Answer> implements Disposable {
  readonly #url: string;
  /** The workers that are free, the warmest last; `undefined` is one to be started. */
  readonly #free: (Worker | undefined)[];
  readonly #waiting: ((worker: Worker | undefined) => void)[] = [];

  /**
   * The worker at `url` sends one message for each that it gets. There are at
   * most `size` of them; with two, a long job holds up no short one.
   */
  constructor(url: string, size = Math.max(2, navigator.hardwareConcurrency)) {
    this.#url = url;
    this.#free = Array(size).fill(undefined);
  }

  /** Asks a worker as soon as one is free. A job that is aborted costs its worker. */
  async ask(job: Job, signal: AbortSignal): Promise<Answer> {
    let worker = await this.#take();
    try {
      signal.throwIfAborted();
      worker ??= new Worker(this.#url, { type: "module" });
      return await ask<Answer>(worker, job, signal);
    } catch (error) {
      worker?.terminate();
      worker = undefined;
      throw error;
    } finally {
      this.#give(worker);
    }
  }

  /** Ends the workers that are free. */
  [Symbol.dispose](): void {
    for (const worker of this.#free) worker?.terminate();
  }

  #take(): Promise<Worker | undefined> | Worker | undefined {
    if (this.#free.length > 0) return this.#free.pop();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(worker: Worker | undefined): void {
    const next = this.#waiting.shift();
    if (next) next(worker);
    else if (worker) this.#free.push(worker);
    else this.#free.unshift(worker);
  }
}

async function ask<Answer>(
  worker: Worker,
  job: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault(); // else it would end the daemon
    reject(new Error(event.message));
  };
  try {
    worker.postMessage(job);
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
