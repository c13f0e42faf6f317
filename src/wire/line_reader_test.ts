import { assert, assertEquals, assertRejects } from "@std/assert";
import { memoryPair } from "../testing/memory_pair.ts";
import type { Duplex } from "./duplex.ts";
import { writeAll } from "./line_writer.ts";
import { LineReader, LineTooLongError } from "./line_reader.ts";

const LIMIT = 1024 * 1024;
const encoder = new TextEncoder();

// Characters of one to four bytes, both line ends, empty lines.
const TEXT = '{"a":1}\n\n{"é":"€"}\r\n\r\n"😀 漢字"\n' + "x\n";
const LINES = TEXT.slice(0, -1).split("\n");
const BYTES = encoder.encode(TEXT);

/** Reads as `data`, in pieces of `readSizes`, and then the end. */
async function sourceOf(
  data: string | Uint8Array,
  readSizes: number[] = [Infinity],
): Promise<Duplex> {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  const [near, far] = memoryPair({ readSizes, capacity: Infinity });
  await writeAll(near, bytes);
  await near.closeWrite();
  return far;
}

async function readerOf(
  data: string | Uint8Array,
  readSizes: number[] = [Infinity],
  limit = LIMIT,
): Promise<LineReader> {
  return new LineReader(await sourceOf(data, readSizes), limit);
}

async function linesOf(reader: LineReader): Promise<string[]> {
  const lines: string[] = [];
  while (await reader.fill()) lines.push(...reader.lines());
  return lines;
}

async function linesOneByOne(reader: LineReader): Promise<string[]> {
  const lines: string[] = [];
  while (await reader.fill()) {
    let line: string | undefined;
    while ((line = reader.line()) !== undefined) lines.push(line);
  }
  return lines;
}

function lineOf(bytes: number): string {
  return "é".repeat(bytes / 2) + (bytes % 2 === 1 ? "x" : "");
}

// A diff of megabytes would help nobody.
function assertSame(actual: string[], expected: string[]): void {
  assertEquals(actual.length, expected.length);
  const wrong = actual.findIndex((line, i) => line !== expected[i]);
  assertEquals(wrong, -1, `line ${wrong} differs`);
}

Deno.test("LineReader.lines() joins lines that are cut at any byte", async () => {
  for (let cut = 1; cut < BYTES.length; cut++) {
    const reader = await readerOf(BYTES, [cut, Infinity]);
    assertEquals(await linesOf(reader), LINES, `cut at ${cut}`);
  }
});

Deno.test("LineReader.line() joins lines that are cut at any byte", async () => {
  for (let cut = 1; cut < BYTES.length; cut++) {
    const reader = await readerOf(BYTES, [cut, Infinity]);
    assertEquals(await linesOneByOne(reader), LINES, `cut at ${cut}`);
  }
});

Deno.test("LineReader joins lines that come a byte a read", async () => {
  assertEquals(await linesOf(await readerOf(BYTES, [1])), LINES);
  assertEquals(await linesOneByOne(await readerOf(BYTES, [1])), LINES);
});

Deno.test("LineReader.lines() takes all lines of one read", async () => {
  const reader = await readerOf("a\nb\nc\nbegun");
  assert(await reader.fill());
  assertEquals(reader.lines(), ["a", "b", "c"]);
  assertEquals(reader.lines(), []);
});

Deno.test("LineReader.line() takes one line of many", async () => {
  const reader = await readerOf("a\n\nb\nc\n");
  assert(await reader.fill());
  assertEquals([reader.line(), reader.line()], ["a", ""]);
  assertEquals(reader.lines(), ["b", "c"]);
  assertEquals(reader.line(), undefined);
});

Deno.test("LineReader.fill() is false at the end, whatever was begun", async () => {
  const reader = await readerOf("a\nbegun");
  assert(await reader.fill());
  assertEquals(reader.lines(), ["a"]);
  assertEquals(await reader.fill(), false);
  assertEquals(reader.lines(), []);
  assertEquals(reader.line(), undefined);
});

Deno.test("LineReader.fill() reads no more than it is told", async () => {
  const reader = await readerOf("a\nbc\n");
  await reader.fill(undefined, 3);
  assertEquals(reader.lines(), ["a"]);
  await reader.fill(undefined, 1);
  assertEquals(reader.lines(), []);
  await reader.fill();
  assertEquals(reader.lines(), ["bc"]);
});

Deno.test("LineReader.fill() rejects as the read does", async () => {
  const [near] = memoryPair();
  const reader = new LineReader(near, LIMIT);
  const fill = assertRejects(() => reader.fill(), Deno.errors.Interrupted);
  near.close();
  await fill;
});

Deno.test("LineReader spoils no other line for one that is not UTF-8", async () => {
  // A lone byte, an end in the middle of a character, a surrogate, an overlong slash.
  for (const bad of [[0xff], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
    const before = encoder.encode("é\n");
    const after = encoder.encode("\n€\n");
    const bytes = Uint8Array.from([...before, ...bad, ...after]);
    const expected = ["é", "\uFFFD", "€"];
    for (let cut = 1; cut < bytes.length; cut++) {
      const sizes = [cut, Infinity];
      assertEquals(await linesOf(await readerOf(bytes, sizes)), expected);
      assertEquals(await linesOneByOne(await readerOf(bytes, sizes)), expected);
    }
  }
});

Deno.test("LineReader tells what is no UTF-8 from what says so", async () => {
  const said = encoder.encode('"\uFFFD é"\n');
  assertEquals(await linesOf(await readerOf(said)), ['"\uFFFD é"']);
  const bytes = Uint8Array.from([34, 0xff, 34, 10, ...said]);
  const lines = ["\uFFFD", '"\uFFFD é"'];
  assertEquals(await linesOf(await readerOf(bytes)), lines);
  assertEquals(await linesOneByOne(await readerOf(bytes)), lines);
});

Deno.test("LineReader does not join a character across a line feed", async () => {
  const bytes = Uint8Array.from([0xe2, 0x82, 10, 0xac, 10]);
  assertEquals(await linesOf(await readerOf(bytes)), ["\uFFFD", "\uFFFD"]);
});

Deno.test("LineReader keeps a byte order mark", async () => {
  const text = "\uFEFF1\n\uFEFF2\n";
  assertEquals(await linesOf(await readerOf(text)), ["\uFEFF1", "\uFEFF2"]);
  const reader = await readerOf(text);
  assertEquals(await linesOneByOne(reader), ["\uFEFF1", "\uFEFF2"]);
});

Deno.test("LineReader takes lines of exactly the limit, however they are cut", async () => {
  const text = "€€xx\n€€yy\n\n";
  for (let cut = 1; cut < encoder.encode(text).length; cut++) {
    const sizes = [cut, Infinity];
    const lines = await linesOf(await readerOf(text, sizes, 8));
    assertEquals(lines, ["€€xx", "€€yy", ""], `cut at ${cut}`);
    const reader = await readerOf(text, sizes, 8);
    assertEquals(await linesOneByOne(reader), ["€€xx", "€€yy", ""]);
  }
});

Deno.test("LineReader refuses a line one byte longer, however it is cut", async () => {
  const text = "ok\n€€xxx\nafter\n";
  for (let cut = 1; cut < encoder.encode(text).length; cut++) {
    const sizes = [cut, Infinity];
    await assertRejects(
      async () => linesOf(await readerOf(text, sizes, 8)),
      LineTooLongError,
      "more than 8 bytes",
    );
    await assertRejects(
      async () => linesOneByOne(await readerOf(text, sizes, 8)),
      LineTooLongError,
    );
  }
});

Deno.test("LineReader refuses a long line before its end came", async () => {
  const [near, far] = memoryPair();
  const reader = new LineReader(far, 8);
  await near.write(encoder.encode("123456789"));
  assert(await reader.fill());
  assertEquals(reader.lines(), []);
  await assertRejects(() => reader.fill(), LineTooLongError);
});

Deno.test("LineReader measures lines, not what came at once", async () => {
  const text = "12345678\n".repeat(5000);
  const lines = await linesOf(await readerOf(text, [Infinity], 8));
  assertEquals(lines, Array(5000).fill("12345678"));
});

Deno.test("LineReader never holds an endless line whole", async () => {
  const limit = 1024 * 1024;
  let asked = 0;
  const endless: Pick<Duplex, "read"> = {
    read(buffer) {
      asked += buffer.length;
      buffer.fill(120);
      // The end is for a reader that would go on for ever.
      return Promise.resolve(asked > 10 * limit ? null : buffer.length);
    },
  };
  const reader = new LineReader(endless as Duplex, limit);
  await assertRejects(() => linesOf(reader), LineTooLongError);
  assert(asked <= 1.5 * limit, `asked for ${asked} bytes`);
});

Deno.test("LineReader gives a huge buffer back when its line has been read", async () => {
  const inner = await sourceOf(lineOf(LIMIT) + "\n" + "x\n".repeat(LIMIT));
  let length = 0;
  const source: Pick<Duplex, "read"> = {
    read(buffer) {
      ({ length } = buffer);
      return inner.read(buffer);
    },
  };
  const reader = new LineReader(source as Duplex, LIMIT);
  let largest = 0;
  while (await reader.fill()) {
    reader.lines();
    largest = Math.max(largest, length);
  }
  assert(largest >= LIMIT / 4 && length <= LIMIT / 4, `${largest} ${length}`);
});

Deno.test({
  name: "LineReader keeps lines of every size around its buffers'",

  fn: async () => {
    const expected = [4096, 8192, 262144, 524288, LIMIT - 1]
      .flatMap((size) => [size - 1, 0, size, size + 1, 0])
      .map(lineOf);
    const text = expected.map((line) => line + "\n").join("");
    for (const readSizes of [[Infinity], [1, 4095, 2, 4094, 7, 1000, 65536]]) {
      assertSame(await linesOf(await readerOf(text, readSizes)), expected);
    }
  },
});

Deno.test("LineReader reads small lines as well after a huge one", async () => {
  const small = Array.from({ length: 1000 }, (_, i) => `line ${i}`);
  const expected = [lineOf(LIMIT), ...small, lineOf(LIMIT), ...small];
  const text = expected.map((line) => line + "\n").join("");
  assertSame(await linesOf(await readerOf(text)), expected);
});

Deno.test("LineReader agrees with split() on lines and cuts of many sizes", async () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647; // Lehmer: the same in every run
    return seed % below;
  };
  for (let round = 0; round < 20; round++) {
    const lines = Array.from(
      { length: 50 },
      () => "aé€😀\r"[random(3)].repeat(random(2) ? random(20) : random(9000)),
    );
    const readSizes = Array.from({ length: 200 }, () => 1 + random(5000));
    const text = lines.join("\n") + "\n";
    const reader = await readerOf(text, [...readSizes, Infinity]);
    assertSame(await linesOf(reader), lines);
  }
});

Deno.test("LineReader.lines() takes what came before a line that is too long", async () => {
  const reader = await readerOf("1\n123456789\n2\n", [Infinity], 8);
  assert(await reader.fill());
  assertEquals(reader.lines(), ["1"]);
  await assertRejects(() => reader.fill(), LineTooLongError);
});

Deno.test("LineReader.linesThatStart() stops before a line that is too long", async () => {
  const reader = await readerOf("a1\na2345678\na3\n", [Infinity], 7);
  assert(await reader.fill());
  const taken = [reader.linesThatStart("a"), reader.linesThatStart("a")];
  assertEquals(taken.map(({ text }) => text), ["a1", ""]);
  assertEquals(taken.map(({ count }) => count), [1, 0]);
  assertEquals(reader.line(), undefined);
  await assertRejects(() => reader.fill(), LineTooLongError);
});

for (
  const [line, number] of [
    ["<0>", 0],
    ["<4096>", 4096],
    ["<999999999999999>", 999_999_999_999_999],
    ["<>", undefined],
    ["<007>", undefined],
    ["<-1>", undefined],
    ["<1.5>", undefined],
    ["<1e3>", undefined],
    ["< 1>", undefined],
    ["<1", undefined],
    ["<1> ", undefined],
    ["<9999999999999999>", undefined],
    ["(1)", undefined],
  ] as const
) {
  Deno.test(`LineReader.numberBetween takes ${number} of ${line}`, async () => {
    const reader = await readerOf(`${line}\n<5>\n`);
    await reader.fill();
    assertEquals(reader.numberBetween("<", ">"), number);
    if (number === undefined) assertEquals(reader.line(), line);
    assertEquals(reader.numberBetween("<", ">"), 5);
    assertEquals(reader.numberBetween("<", ">"), undefined);
  });
}

Deno.test("LineReader.numberBetween takes a line when all of it has come, and nothing before", async () => {
  const reader = await readerOf("<123>\n<4", [1, 2, 1, 1, 3]);
  for (let piece = 0; piece < 4; piece++) {
    await reader.fill();
    assertEquals(reader.numberBetween("<", ">"), undefined);
  }
  await reader.fill();
  assertEquals(reader.numberBetween("<", ">"), 123);
  assertEquals(reader.numberBetween("<", ">"), undefined);
});
