// Jobs of a worker: many connections, commands or streams at once.
import { ByteCheck } from "../payload.mjs";

/** How many are opened at once. */
const STEP = 32;

const held = [];

/** Opens connections until there are `count`, and calls once on each. */
export async function holdConnections({ connect }, { count }) {
  const start = performance.now();
  while (held.length < count) {
    const length = Math.min(STEP, count - held.length);
    const opened = await Promise.all(Array.from({ length }, connect));
    held.push(...opened);
    await Promise.all(opened.map((api, i) => sum(api, i)));
  }
  return { seconds: (performance.now() - start) / 1000 };
}

/** Does `count` times what a command does: connects, calls, closes. */
export async function commands({ connect }, { count }) {
  let started = 0;
  const start = performance.now();
  const lane = async () => {
    while (started < count) {
      const i = started++;
      const api = await connect();
      await sum(api, i);
      await api.close();
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return { seconds: (performance.now() - start) / 1000 };
}

/** Reads `count` streams at once, of `total` bytes each, whose chunks come by turns. */
export async function manyStreams({ api }, { count, size, total }) {
  const start = performance.now();
  await Promise.all(Array.from({ length: count }, async () => {
    const check = new ByteCheck(size);
    await api.down(size, total, (chunk) => check.take(chunk));
    if (check.got !== total) throw new Error("a stream lost bytes");
  }));
  return { seconds: (performance.now() - start) / 1000 };
}

async function sum(api, i) {
  if (await api.sum(i, 2) !== i + 2) throw new Error(`${i} + 2 is wrong`);
}
