import { autod, type Daemon, type Rpc } from "../../mod.ts";
import type { AutodOptions } from "../command/options.ts";
import { TIMERS } from "./delays.ts";
import { Gate } from "./gate.ts";
import { Sandbox } from "./sandbox.ts";

const METHODS = [
  "wait",
  "pid",
  "close",
  "source:s",
  "sink:s",
  "duplex:s",
] as const;

type Client = Daemon<Rpc<unknown, typeof METHODS[number]>>;

/** What became of an iface. */
export interface Disposal {
  /** The number of the iface, from 1. */
  readonly iface: number;
  readonly by: "asyncDispose" | "dispose";
  /** Whether the daemon had its lock then. */
  readonly locked: boolean;
}

/**
 * A daemon that is to end, with two clients, of which one has something under
 * way. Its ifaces are disposed of by `Symbol.asyncDispose` and `Symbol.dispose`
 * in turn.
 */
export class EndingDaemon implements AsyncDisposable {
  readonly box = new Sandbox();
  /** Where its `wait()` waits. */
  readonly gate = new Gate(this.box.path("gate"));
  readonly pidfile = this.box.path("d.pid");
  readonly lockfile = `${this.box.sockfile}.lock`;
  readonly #journal = this.box.write("journal", "");
  readonly #autoclose: AutodOptions["autoclose"];
  readonly #clients: Client[] = [];

  private constructor(autoclose: AutodOptions["autoclose"]) {
    this.#autoclose = autoclose;
    this.box.write("iface.js", this.#code());
  }

  /** Starts it; `autoclose` is its option. */
  static async start(
    autoclose?: AutodOptions["autoclose"],
  ): Promise<EndingDaemon> {
    await using stack = new AsyncDisposableStack();
    const daemon = stack.use(new EndingDaemon(autoclose));
    await daemon.connect();
    await daemon.connect();
    // A connection that no call was made on is left some time for one.
    await daemon.observer.rpc.pid();
    stack.move();
    return daemon;
  }

  /** The client that tests use. */
  get client(): Client {
    return this.#clients[0];
  }

  /** Another one, whose connection ends as soon as the daemon begins to close. */
  get observer(): Client {
    return this.#clients[1];
  }

  /** The daemon's process. */
  get process(): Deno.ChildProcess {
    return this.client.process!;
  }

  /** Connects another client, or starts the successor. */
  async connect(): Promise<Client> {
    const { read, write, net } = this.gate.permissions;
    const client = await autod({
      rpcfile: this.box.path("iface.js"),
      sockfile: this.box.sockfile,
      onProcess: this.box.onProcess,
      pidfile: this.pidfile,
      permissions: { read, write: [...write, this.#journal], net },
      methods: METHODS,
      ...(this.#autoclose !== undefined && { autoclose: this.#autoclose }),
    });
    this.#clients.push(client);
    return client;
  }

  /** Lets all clients leave. */
  async leave(): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
  }

  /** How many ifaces it made, and what became of them, in order. */
  ifaces(): { made: number; disposals: Disposal[] } {
    const lines = Deno.readTextFileSync(this.#journal).trim().split("\n");
    const disposals = lines.filter((line) => line !== "made");
    return {
      made: lines.length - disposals.length,
      disposals: disposals.map((line) => JSON.parse(line)),
    };
  }

  /** Lets it go on, and ends what is left of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.gate.open();
    await this.leave();
    await this.box[Symbol.asyncDispose]();
  }

  #code(): string {
    return `${TIMERS}
    let made = 0;
    const write = (line) =>
      Deno.writeTextFileSync(${JSON.stringify(this.#journal)}, line + "\\n",
        { append: true });
    const isLocked = () => {
      using file = Deno.openSync(${JSON.stringify(this.lockfile)},
        { read: true, write: true });
      return !file.tryLockSync(true);
    };
    const readable = () =>
      new ReadableStream({ start: (out) => out.enqueue("a chunk") });
    const writable = () => new WritableStream();
    export default (server) => {
      const iface = ++made;
      write("made");
      const tell = (by) =>
        write(JSON.stringify({ iface, by, locked: isLocked() }));
      // Those that are set when all other clients have left.
      const timersAlone = async () => {
        while (server.refcount > 1) {
          await new Promise((resolve) => setTimeout(resolve));
        }
        return timers();
      };
      const disposal = iface % 2
        ? { async [Symbol.asyncDispose]() {
          await new Promise((resolve) => setTimeout(resolve));
          tell("asyncDispose");
        } }
        : { [Symbol.dispose]: () => tell("dispose") };
      return {
        ...disposal,
        wait: async () => { ${this.gate.code}; return Deno.pid; },
        timersAlone,
        async *timersAloneStream() { yield await timersAlone(); },
        pid: () => Deno.pid,
        close: () => server.close(),
        source: readable,
        sink: writable,
        duplex: () => ({ readable: readable(), writable: writable() }),
      };
    };`;
  }
}
