import { assertEquals } from "@std/assert";
import { memoryPair } from "../memory_pair.ts";
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
