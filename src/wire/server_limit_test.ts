import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { toLimits } from "../limits.ts";
import { memoryPair } from "../testing/memory_pair.ts";
import { atRest } from "../testing/at_rest.ts";
import { idAndCode, PlainPeer } from "../testing/plain_peer.ts";
import { serve } from "../testing/wire_pair.ts";
import type { Call } from "./call.ts";
import type { Duplex } from "./duplex.ts";
import { LineTooLongError } from "./line_reader.ts";
import type { Request } from "./request.ts";
import { WireServer } from "./server.ts";

const LIMIT = 200;
const encoder = new TextEncoder();
const limited = { maxMessageBytes: LIMIT };
const count = ({ args }: Request) => String(args[0]).length;

/** A request that takes so many bytes, its line feed not counted. */
function requestOf(bytes: number, filler = "x"): string {
  const line = (text: string) =>
    `{"jsonrpc":"2.0","id":1,"method":"m","params":["${text}"]}`;
  const room = bytes - line("").length;
  const size = encoder.encode(filler).length;
  const text = filler.repeat(room / size) + "x".repeat(room % size);
  assertEquals(encoder.encode(line(text)).length, bytes);
  return line(text);
}

Deno.test("WireServer takes a line of exactly maxMessageBytes", async () => {
  for (const filler of ["x", "€", "😀"]) {
    for (const readSizes of [[Infinity], [1], [LIMIT, 1], [LIMIT + 1]]) {
      const { peer } = serve(count, { ...limited, readSizes });
      await peer.write(`${requestOf(LIMIT, filler)}\n`.repeat(2));
      assertEquals((await peer.next()).id, 1);
      assertEquals((await peer.next()).id, 1);
    }
  }
});

Deno.test("WireServer answers a line one byte longer with -32600, and ends", async () => {
  for (const filler of ["x", "€", "😀"]) {
    for (const readSizes of [[Infinity], [1], [LIMIT, 1], [LIMIT + 1]]) {
      const { peer, ended } = serve(count, { ...limited, readSizes });
      await peer.write(`${requestOf(LIMIT + 1, filler)}\n`);
      assertEquals(await peer.nextError(), [null, -32600]);
      await peer.assertEnd();
      assertInstanceOf(await ended, LineTooLongError);
    }
  }
});

Deno.test("WireServer refuses a long line before its end came", async () => {
  const { peer, ended } = serve(count, limited);
  await peer.write("x".repeat(LIMIT + 1));
  assertEquals(await peer.nextError(), [null, -32600]);
  await peer.assertEnd();
  assertInstanceOf(await ended, LineTooLongError);
});

Deno.test("WireServer does not act on what follows a line that is too long", async () => {
  const called: string[] = [];
  const { peer, ended } = serve(({ method }) => called.push(method), limited);
  await peer.write(`${requestOf(LIMIT + 1)}\n${requestOf(LIMIT)}\n`);
  assertEquals(await peer.nextError(), [null, -32600]);
  await peer.assertEnd();
  await ended;
  assertEquals(called, []);
});

Deno.test("WireServer aborts its calls when a line is too long", async () => {
  const calls: Call[] = [];
  const { peer, ended } = serve((_, call) => {
    calls.push(call);
    return Promise.withResolvers().promise;
  }, limited);
  await peer.ask([1, "slow"]);
  await atRest();
  await peer.write("x".repeat(LIMIT + 1));
  await ended;
  assertInstanceOf(calls[0].signal.reason, LineTooLongError);
});

Deno.test("WireServer never holds a line that is too long whole", async () => {
  const limit = 1024 * 1024;
  const [near, far] = memoryPair();
  let asked = 0;
  const endless: Duplex = {
    read(buffer) {
      asked += buffer.length;
      buffer.fill(120);
      // The end is for a server that would go on for ever.
      return Promise.resolve(asked > 10 * limit ? null : buffer.length);
    },
    write: (bytes) => far.write(bytes),
    closeWrite: () => far.closeWrite(),
    close: () => far.close(),
  };
  const server = new WireServer(endless, {
    ...toLimits({ maxMessageBytes: limit }),
    handle: count,
    onLostError: () => {},
  });
  assertInstanceOf(await server.run(), LineTooLongError);
  const peer = new PlainPeer(near);
  assertEquals(await peer.nextError(), [null, -32600]);
  await peer.assertEnd();
  assert(asked <= 1.5 * limit, `asked for ${asked} bytes`);
});

Deno.test("WireServer answers a result of exactly maxMessageBytes", async () => {
  const frame = '{"jsonrpc":"2.0","id":1,"result":""}'.length;
  const { peer } = serve(
    ({ args }) => "é".repeat((LIMIT - frame) / 2) + args[0],
    limited,
  );
  assertEquals((LIMIT - frame) % 2, 0);
  await peer.ask([1, "m", [""]], [1, "m", ["x"]]);
  assertEquals(encoder.encode(await peer.line()).length, LIMIT);
  assertEquals(await peer.nextError(), [1, -32003]);
});

Deno.test("WireServer answers a result that is too long with -32003, and goes on", async () => {
  const { peer } = serve(
    ({ method }) => method === "long" ? "x".repeat(LIMIT) : 1,
    limited,
  );
  await peer.ask([0, "long"], [2, "short"], [undefined, "long"]);
  const answer = await peer.next();
  assertEquals(idAndCode(answer), [0, -32003]);
  assert(answer.error?.message.includes(`more than ${LIMIT} bytes`));
  assertEquals((await peer.next()).result, 1);
  await peer.closeWrite();
  await peer.assertEnd();
});

Deno.test({
  name: "WireServer answers an error that is too long within maxMessageBytes",

  fn: async () => {
    const { peer } = serve(
      () => Promise.reject(new Error("x".repeat(2 * LIMIT))),
      limited,
    );
    await peer.ask([1, "m"]);
    const line = await peer.line() ?? "";
    assertEquals(idAndCode(JSON.parse(line)), [1, -32000]);
    assert(encoder.encode(line).length <= LIMIT);
  },
});

Deno.test({
  name: "WireServer answers a batch within maxMessageBytes",

  fn: async () => {
    const { peer } = serve(() => "x".repeat(LIMIT / 2), limited);
    const request = { jsonrpc: "2.0", id: 1, method: "m" };
    await peer.send([request, request, request]);
    assert(encoder.encode(await peer.line()).length <= LIMIT);
  },
});

Deno.test({
  name: "WireServer answers what came before a line that is too long",

  fn: async () => {
    for (const readSizes of [[Infinity], [1]]) {
      const { peer } = serve(count, { ...limited, readSizes });
      const [good, bad] = [requestOf(LIMIT), requestOf(LIMIT + 1)];
      await peer.write(`${good}\n${good}\n${bad}\n`);
      assertEquals((await peer.next()).id, 1);
      assertEquals((await peer.next()).id, 1);
      assertEquals(await peer.nextError(), [null, -32600]);
    }
  },
});

Deno.test("WireServer answers an error within maxMessageBytes to a long id as well", async () => {
  const limit = 4096;
  const id = "€".repeat(limit / 4);
  const { peer } = serve(
    ({ args }) => Promise.reject(new Error("x".repeat(Number(args[0])))),
    { maxMessageBytes: limit },
  );
  for (let length = 8; length < limit; length += 8) {
    await peer.ask([id, "m", [length]]);
    const line = await peer.line() ?? "";
    assertEquals(idAndCode(JSON.parse(line)), [id, -32000]);
    assert(encoder.encode(line).length <= limit, `${length}`);
  }
});

Deno.test("WireServer says within maxMessageBytes that a result has no JSON", async () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const { peer } = serve(() => cycle, limited);
  await peer.ask([1, "m"]);
  const line = await peer.line() ?? "";
  assertEquals(idAndCode(JSON.parse(line)), [1, -32003]);
  assert(encoder.encode(line).length <= LIMIT);
});

Deno.test("WireServer leaves out a notification of more than maxMessageBytes", async () => {
  const { peer, server } = serve(count, limited);
  for (const text of ["x".repeat(LIMIT), "é".repeat(LIMIT / 2), "short"]) {
    server.notify("$/log", { text });
  }
  assertEquals((await peer.next()).params, { text: "short" });
});

/** A request whose params are nested so deep that it has so many levels. */
function nested(levels: number): string {
  const params = "[".repeat(levels - 1) + "]".repeat(levels - 1);
  return `{"jsonrpc":"2.0","id":1,"method":"m","params":${params}}`;
}

Deno.test("WireServer takes a message that is nested maxDepth deep", async () => {
  const { peer } = serve(({ args }) => JSON.stringify(args).length);
  await peer.write(`${nested(1000)}\n[${nested(999)}]\n`);
  assertEquals((await peer.next()).result, 2 * 999);
  assertEquals((await peer.nextBatch())[0].result, 2 * 998);
});

Deno.test("WireServer answers a message one level deeper with -32600, and goes on", async () => {
  const { peer } = serve(() => "called");
  await peer.write(`${nested(1001)}\n[${nested(1000)}]\n${nested(2)}\n`);
  for (let i = 0; i < 2; i++) {
    const answer = await peer.next();
    assertEquals(idAndCode(answer), [null, -32600]);
    assertStringIncludes(`${answer.error?.message}`, "maxDepth");
  }
  assertEquals((await peer.next()).result, "called");
});

Deno.test("WireServer does not decode what is nested too deep", async () => {
  const { peer } = serve(() => "called");
  const lengths: number[] = [];
  {
    using decoded = new Decoded();
    await peer.write(`${"[".repeat(500_000)}\n${nested(2)}\n`);
    await atRest();
    lengths.push(...decoded.lengths);
  }
  assertEquals(await peer.nextError(), [null, -32600]);
  assertEquals(lengths, [nested(2).length]);
});

/** Hears of every text that is decoded. */
class Decoded implements Disposable {
  readonly lengths: number[] = [];
  readonly #parse = JSON.parse;

  constructor() {
    JSON.parse = (text, ...rest) => {
      this.lengths.push(text.length);
      return this.#parse(text, ...rest);
    };
  }

  [Symbol.dispose](): void {
    JSON.parse = this.#parse;
  }
}

Deno.test("WireServer answers a batch of more than maxBatchLength with -32600, and does nothing of it", async () => {
  let called = 0;
  const { peer } = serve(() => ++called, { maxBatchLength: 3 });
  const request = { jsonrpc: "2.0", id: 1, method: "m" };
  await peer.send(Array(4).fill(request), Array(3).fill(request));
  const answer = await peer.next();
  assertEquals(idAndCode(answer), [null, -32600]);
  assertStringIncludes(`${answer.error?.message}`, "maxBatchLength");
  assertEquals((await peer.nextBatch()).length, 3);
  assertEquals(called, 3);
});
