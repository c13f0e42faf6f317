import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  type PartResult,
  readResults,
  type Results,
  writeResults,
} from "./results.ts";

const part: PartResult = {
  at: "2026-11-22T12:00:00.000Z",
  seconds: 1,
  rounds: 2,
  load: 0.5,
  works: [{
    name: "calls",
    unit: "calls/s",
    better: "more",
    samples: { autod: [1, null, 1 / 3] },
  }],
  series: [],
};
const machine: Results["machine"] = {
  cores: 2,
  system: "linux",
  deno: "2.9.6",
  node: "20.0.0",
  node24: null,
  spawn: 1,
};

Deno.test("writeResults() keeps what the file has of other parts", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "autod-" });
  const path = join(dir, "results.json");
  try {
    assertEquals(readResults(path), undefined);
    await writeResults(path, { machine, parts: { warm: part, cold: part } });
    const later = { ...part, rounds: 9 };
    await writeResults(path, { machine, parts: { cold: later } });
    const parts = readResults(path)!.parts;
    assertEquals(parts.warm.rounds, 2);
    assertEquals(parts.cold.rounds, 9);
    assertEquals(parts.cold.works[0].samples.autod, [1, null, 0.3333333]);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
