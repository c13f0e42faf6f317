import { assert, assertEquals } from "@std/assert";
import { memoryPair } from "../testing/memory_pair.ts";
import type { Duplex } from "./duplex.ts";
import { LineReader } from "./line_reader.ts";

Deno.test(
  "LineReader reads long lines that follow each other, however they are cut",
  async () => {
    const lengths = [
      700_000,
      900_000,
      900_000,
      10,
      300_000,
      2_000_000,
      600_000,
    ];
    for (const size of [65_536, 100_000, 262_144, 1_000_000]) {
      const [near, far] = memoryPair({
        capacity: 10_000_000,
        readSizes: [size],
      });
      const reader = new LineReader(near, 10_000_000);
      const text = lengths.map((length) => "a".repeat(length) + "\n").join("");
      await far.write(new TextEncoder().encode(text));
      await far.closeWrite();
      const got: number[] = [];
      while (await reader.fill()) {
        for (const line of reader.lines()) got.push(line.length);
      }
      assertEquals(got, lengths, `in pieces of ${size}`);
    }
  },
);

/** How many bytes are looked through while `run` runs. */
async function searched(run: () => Promise<void>): Promise<number> {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype);
  const { indexOf, lastIndexOf } = prototype;
  let bytes = 0;
  prototype.indexOf = function (this: Uint8Array, ...args: [number]) {
    bytes += this.length;
    return indexOf.apply(this, args);
  };
  prototype.lastIndexOf = function (this: Uint8Array, ...args: [number]) {
    bytes += this.length;
    return lastIndexOf.apply(this, args);
  };
  try {
    await run();
  } finally {
    Object.assign(prototype, { indexOf, lastIndexOf });
  }
  return bytes;
}

const WAYS: Record<string, (reader: LineReader) => unknown> = {
  "lines()": (reader) => reader.lines(),
  "line()": (reader) => reader.line(),
  "linesThatStart()": (reader) => reader.linesThatStart("a"),
};

for (const [name, take] of Object.entries(WAYS)) {
  Deno.test(`LineReader.${name} looks through a line once, however slowly it comes`, async () => {
    const length = 1_000_000;
    const rest = 500;
    const buffers = new Set<ArrayBufferLike>();
    let come = 0;
    const reader = new LineReader({
      read(buffer: Uint8Array) {
        buffers.add(buffer.buffer);
        const count = Math.max(1, Math.min(4096, length - come));
        come += count;
        buffer.fill(97, 0, count);
        return Promise.resolve(count);
      },
    } as Partial<Duplex> as Duplex, length + rest);
    const bytes = await searched(async () => {
      while (come < length + rest) {
        await reader.fill();
        take(reader);
      }
    });
    assert(bytes <= come, `${bytes} of ${come} bytes were looked at`);
    // Each time it is as large again, or more.
    assert(buffers.size < 10, `${buffers.size} buffers were made`);
  });
}

Deno.test("LineReader finds each line feed, whichever way it looked before", async () => {
  const texts = ["ab\nab\nx", "y\n", "abc", "\n", "xy", "\nab\nab", "\n\nx\n"];
  const whole = texts.join("").split("\n").slice(0, -1);
  const ways = Object.values(WAYS).slice(0, 2);
  const choices = 2 ** texts.length;
  for (let choice = 0; choice < choices; choice++) {
    const [near, far] = memoryPair();
    const reader = new LineReader(near, 100);
    const got: string[] = [];
    for (let at = 0; at < texts.length; at++) {
      await far.write(new TextEncoder().encode(texts[at]));
      await reader.fill();
      // Either takes what the other one has left.
      const { text, count } = reader.linesThatStart("a");
      if (count > 0) got.push(...text.split("\n"));
      const taken = ways[choice >> at & 1](reader);
      if (taken !== undefined) got.push(...[taken].flat() as string[]);
    }
    got.push(...reader.lines());
    assertEquals(got, whole, `in the order ${choice}`);
  }
});
