import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { toLimits } from "../limits.ts";
import { Handler } from "../testing/handler.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { idAndCode, type Message, PlainPeer } from "../testing/plain_peer.ts";
import { LineReader } from "./line_reader.ts";
import { WireServer } from "./server.ts";

const MIB = 1024 * 1024;
/** How many answers of a mebibyte are kept for a client that reads none. */
const KEPT = 65;

/** A client of `handler` that asks, and reads later, which takes long answers. */
class LateReader {
  readonly #peer: PlainPeer;
  readonly #reader: LineReader;
  readonly #lines: string[] = [];

  constructor(handle: Handler["handle"], maxMessageBytes: number) {
    const [near, far] = memoryPair();
    this.#peer = new PlainPeer(near);
    this.#reader = new LineReader(near, 2 * maxMessageBytes);
    const limits = toLimits({ maxMessageBytes });
    new WireServer(far, { ...limits, handle, onLostError: () => {} }).run();
  }

  /** Sends messages, a line each, and waits until they were taken. */
  async send(...messages: unknown[]): Promise<void> {
    await this.#peer.send(...messages);
    await atRest();
  }

  async line(): Promise<string> {
    while (this.#lines.length === 0) {
      assert(await this.#reader.fill(), "the connection ended");
      this.#lines.push(...this.#reader.lines());
    }
    return this.#lines.shift()!;
  }

  async nextBatch(): Promise<Message[]> {
    return JSON.parse(await this.line());
  }

  async next(): Promise<Message> {
    return JSON.parse(await this.line());
  }
}

const request = (id: number) => ({ jsonrpc: "2.0", id, method: `m${id}` });

Deno.test("WireServer keeps no more than 64 MiB of results that nobody reads", async () => {
  const handler = new Handler();
  const client = new LateReader(handler.handle, 2 * MIB);
  const ids = Array.from({ length: 80 }, (_, id) => id);
  await client.send(...ids.map(request));
  const result = "x".repeat(MIB);
  for (const id of ids) handler.resolve(id, result);
  await atRest();
  const codes: (number | undefined)[] = [];
  for (const _ of ids) codes.push((await client.next()).error?.code);
  const kept = codes.indexOf(-32003);
  // What is being written does not count.
  assert(Math.abs(kept - KEPT) <= 1, `${kept} were kept`);
  assertEquals(codes.slice(kept), Array(ids.length - kept).fill(-32003));
  await client.send(request(100));
  handler.resolve(100, result);
  assertEquals((await client.next()).result, result);
});

Deno.test("WireServer says which result was not kept, and why", async () => {
  const handler = new Handler();
  const client = new LateReader(handler.handle, 70 * MIB);
  await client.send(request(1), request(2), request(3));
  handler.resolve(1, "");
  await atRest();
  handler.resolve(2, "x".repeat(65 * MIB));
  await atRest();
  handler.resolve(3, "lost");
  await atRest();
  for (const id of [1, 2]) assertEquals((await client.next()).id, id);
  const { id, error } = await client.next();
  assertEquals([id, error?.code], [3, -32003]);
  assertStringIncludes(`${error?.message}`, 'Cannot answer "m3"');
});

Deno.test("WireServer keeps an error short for a client that reads nothing", async () => {
  const handler = new Handler();
  const client = new LateReader(handler.handle, 70 * MIB);
  await client.send(request(1), request(2), request(3));
  handler.resolve(1, "");
  handler.resolve(2, "x".repeat(65 * MIB));
  await atRest();
  handler.reject(3, new Error("y".repeat(MIB)));
  await atRest();
  for (const id of [1, 2]) assertEquals((await client.next()).id, id);
  const line = await client.line();
  assert(line.length < 1024, `${line.length} characters`);
  assertEquals(JSON.parse(line).error.code, -32000);
});

Deno.test("WireServer drops the answers to a batch that cannot be answered any more", async () => {
  const handler = new Handler();
  const client = new LateReader(handler.handle, 30 * MIB);
  const batches = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10]];
  await client.send(...batches.map((ids) => ids.map(request)));
  const result = "x".repeat(25 * MIB);
  // Each batch waits for its last call.
  for (const id of [1, 2, 4, 5, 7, 8]) handler.resolve(id, result);
  await atRest();
  handler.resolve(10, "lost");
  await atRest();
  const [{ id, error }] = await client.nextBatch();
  assertEquals([id, error?.code], [10, -32003]);
  for (const id of [3, 6, 9]) handler.resolve(id, "");
  await atRest();
  // The first one is too long already, and the others have what fitted before.
  assertEquals(idAndCode(await client.next()), [null, -32600]);
  for (const kept of [[undefined, -32003], [-32003, -32003]]) {
    const answers = await client.nextBatch();
    assertEquals(answers.map(({ error }) => error?.code), [...kept, undefined]);
  }
  await client.send(request(11));
  handler.resolve(11, "kept");
  assertEquals((await client.next()).result, "kept");
});

Deno.test("WireServer tells a client that reads nothing of no more failed streams than 64 MiB take", async () => {
  const [near, far] = memoryPair();
  const limits = toLimits({ maxMessageBytes: 8 * MIB });
  const onLostError = () => {};
  const server = new WireServer(far, { ...limits, handle() {}, onLostError });
  const ended = server.run();
  const error = new Error("x".repeat(MIB));
  for (let n = 0; n < 80; n++) server.tellCancel(`stream ${n}`, error);
  server.finish().then(() => server.destroy());
  const reader = new LineReader(near, 8 * MIB);
  let told = 0;
  while (await reader.fill()) told += reader.lines().length;
  await ended;
  assert(told < 70, `${told} of them were told`);
});
