import type { Connection } from "./connection.ts";
import { dial } from "./dial.ts";
import { ConnectionClosedError, RpcError } from "../errors.ts";
import { findDaemon, type Found } from "./find_daemon.ts";
import type { Link, Socket } from "./link.ts";
import type { Settings } from "./options.ts";
import type { ClientStream } from "../streams/client_stream.ts";
import { atNextTick, untilAborted } from "../time.ts";
import type { Later, MadeCall } from "../wire/client.ts";
import { ErrorCode, isRecord } from "../wire/message.ts";

/** How often a call that was certainly not executed is made again. */
const MAX_RESENDS = 5;

/** What a channel knows of a stream. */
type KeptStream = Pick<
  ClientStream,
  "closed" | "receive" | "linkEnded" | "sessionEnded" | "ref" | "unref"
>;

/**
 * A command's way to its daemon, whichever process that is: when the daemon
 * closes or dies, the next call goes to its successor.
 */
export class Channel implements Connection {
  readonly #settings: Settings;
  #link!: Link;
  #process: Deno.ChildProcess | undefined;
  #reason: string | undefined;
  readonly #streams = new Set<KeptStream>();
  /** Those that a successor has taken the place of, and that wait for answers. */
  readonly #finishing = new Set<Link>();
  #successor: Promise<void> | undefined;
  #closed = false;
  /** Ends the search for a successor. */
  #succession: AbortController | undefined;
  #refed = true;

  private constructor(settings: Settings) {
    const onStream = (params: unknown) => this.#receiveFrame(params);
    this.#settings = { ...settings, onStream };
  }

  /** Connects to the daemon, or starts it. */
  static async open(settings: Settings): Promise<Channel> {
    if (settings.mode === "daemon") return await Channel.#open(settings);
    const { openAs } = await import("../serving.ts");
    return await openAs(settings, Channel.#open);
  }

  static async #open(settings: Settings): Promise<Channel> {
    const channel = new Channel(settings);
    channel.#use(await findDaemon(channel.#settings));
    return channel;
  }

  get pid(): number {
    return this.#link.info.pid;
  }

  get instance(): string {
    return this.#link.info.instance;
  }

  get version(): string | undefined {
    return this.#link.info.version;
  }

  get startedAt(): Date {
    return new Date(this.#link.info.startedAt);
  }

  get spawned(): boolean {
    return this.#process !== undefined;
  }

  get closed(): Promise<void> {
    return this.#link.client.closed;
  }

  get signal(): AbortSignal {
    return this.#link.client.signal;
  }

  get mode(): "daemon" | "inline" {
    return this.#settings.dialer ? "inline" : "daemon";
  }

  /** Where the daemon's output goes, if it has a log. */
  get logfile(): string | undefined {
    return this.#link.client.logfile;
  }

  /** The daemon's process, if this channel started it. */
  get process(): Deno.ChildProcess | undefined {
    return this.#process;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  /** Calls a method; again, while it was certainly not executed. */
  call(
    method: string,
    args: unknown[],
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return this.#link.client.call(method, args, signal);
  }

  /**
   * Opens a stream as `open` does on a connection of its own, which gets the
   * link whose session it belongs to; again, while that was certainly not executed.
   */
  async openStream<T>(
    method: string,
    open: (conn: Socket, link: Link) => Promise<T>,
    attempt = 0,
  ): Promise<T> {
    const link = this.#link;
    const { logfile } = this;
    try {
      if (!link.client.isOpen) throw new ConnectionClosedError(method, false);
      // A daemon that is busy is no reason to give up the session.
      const mayWait = () => link.client.isOpen;
      const conn = await dial(this.#settings, mayWait).catch((cause) => {
        throw new ConnectionClosedError(method, false, { cause, logfile });
      });
      if (!this.#refed) conn.unref();
      return await open(conn, link);
    } catch (error) {
      if (attempt === MAX_RESENDS || !this.#canRepeat(error)) throw error;
      // What says nothing of the session: out of descriptors, or without a socket,
      // others go on with it.
      const mayKeep = error instanceof ConnectionClosedError;
      await this.#succeed(link, method, mayKeep);
      return await this.openStream(method, open, attempt + 1);
    }
  }

  /** Ends `stream` with the connection, if it has not ended before. */
  keep(stream: KeptStream): void {
    this.#streams.add(stream);
    if (!this.#refed) stream.unref();
    stream.closed.then(() => this.#streams.delete(stream));
  }

  /** Ends the connection, and what there is of the daemon in this process. */
  async end(): Promise<void> {
    const over = Promise.withResolvers<void>();
    this.#end((run) => over.promise.then(() => atNextTick(run)));
    try {
      await this.closed;
      await this.#settings.dialer?.end();
    } finally {
      over.resolve();
    }
  }

  close(): void {
    this.#end(atNextTick);
  }

  // Those who wait hear of it later: an error of the command's own may be on its
  // way, which calls and streams that it has left behind would hide.
  #end(later: Later): void {
    this.#closed = true;
    this.#succession?.abort();
    this.#link.client.close(later);
    for (const { client } of this.#finishing) client.close(later);
    for (const stream of this.#streams) stream.sessionEnded(later);
  }

  ref(): void {
    this.#keepAlive("ref");
  }

  unref(): void {
    this.#keepAlive("unref");
  }

  #keepAlive(way: "ref" | "unref"): void {
    this.#refed = way === "ref";
    for (const { conn } of [this.#link, ...this.#finishing]) conn[way]();
    for (const stream of this.#streams) stream[way]();
  }

  #repeat(
    link: Link,
    call: MadeCall,
    error: unknown,
  ): Promise<unknown> | undefined {
    if (call.attempt === MAX_RESENDS || !this.#canRepeat(error)) return;
    return this.#callSuccessor(link, call);
  }

  async #callSuccessor(
    link: Link,
    { method, args, signal, attempt }: MadeCall,
  ): Promise<unknown> {
    await untilAborted(this.#succeed(link, method), signal);
    return await this.#link.client.call(method, args, signal, attempt + 1);
  }

  /** Whether what failed by `error` was certainly not executed, and may be by a successor. */
  #canRepeat(error: unknown): boolean {
    if (this.#closed) return false;
    return error instanceof RpcError
      ? error.code === ErrorCode.closing
      : error instanceof ConnectionClosedError && !error.maybeExecuted;
  }

  /** Connects to the daemon that comes after that of `link`, once for all that wait. */
  async #succeed(link: Link, method: string, mayKeep = false): Promise<void> {
    if (this.#link !== link) return;
    this.#successor ??= this.#replaceLink(mayKeep)
      .finally(() => this.#successor = undefined);
    try {
      await this.#successor;
    } catch (error) {
      throw this.#closed ? new ConnectionClosedError(method, false) : error;
    }
  }

  // With `mayKeep` the link stays, if it is open and no other daemon is found.
  async #replaceLink(mayKeep: boolean): Promise<void> {
    const before = this.#link;
    if (!mayKeep) this.#finish(before);
    this.#succession = new AbortController();
    const { signal } = this.#succession;
    const settings = { ...this.#settings, signal, isSuccession: true };
    const found = await findDaemon(settings);
    const { client, info } = found.link;
    if (before.client.isOpen && info.instance === before.info.instance) {
      return client.close();
    }
    if (mayKeep) this.#finish(before);
    this.#use(found);
    if (this.#closed) client.close();
    if (!this.#refed) found.link.conn.unref();
  }

  #finish(link: Link): void {
    const { client } = link;
    this.#finishing.add(link);
    client.closed.then(() => this.#finishing.delete(link));
    client.finish();
  }

  #receiveFrame(params: unknown): void {
    if (!isRecord(params)) return;
    const { id, ...frame } = params;
    for (const stream of this.#streams) stream.receive(id, frame);
  }

  #use({ link, process, reason }: Found): void {
    this.#link = link;
    this.#process = process;
    this.#reason = reason;
    link.client.repeat = (call, error) => this.#repeat(link, call, error);
    link.client.closed.then(() => {
      for (const stream of this.#streams) stream.linkEnded(link);
    });
  }
}
