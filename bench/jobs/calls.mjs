// Jobs of a worker: calls.
import { makeList, makeText } from "../payload.mjs";

const now = () => performance.now();

/** Keeps `window` calls in flight for `ms` milliseconds. */
export async function sums({ api }, { window, ms }) {
  const clock = new Clock(ms);
  await inLanes(window, async (lane) => {
    for (let i = lane; !clock.over; i += window) {
      if (await api.sum(i, 2) !== i + 2) throw new Error(`${i} + 2 is wrong`);
      clock.count();
    }
  });
  return clock.result();
}

/** Makes `count` calls in one turn and awaits them all, again and again for `ms` milliseconds. */
export async function bursts({ api }, { count, ms }) {
  let calls = 0;
  const start = now();
  do {
    const sums = await Promise.all(
      Array.from({ length: count }, (_, i) => api.sum(i, 2)),
    );
    if (!sums.every((sum, i) => sum === i + 2)) throw new Error("wrong sums");
    calls += count;
  } while (now() - start < ms);
  return { calls, seconds: (now() - start) / 1000 };
}

/** Has `bytes` of JSON echoed, with `window` calls in flight for `ms` milliseconds. */
export async function echoes({ api }, { bytes, window, ms }) {
  const value = bytes < 100 ? makeText(bytes) : makeList(bytes);
  const last = value.length - 1;
  const clock = new Clock(ms);
  await inLanes(window, async () => {
    while (!clock.over) {
      const echo = await api.echo(value);
      const same = echo.length === value.length &&
        echo[last].name === value[last].name;
      if (!same) throw new Error("the echo is not what was said");
      clock.count();
    }
  });
  return clock.result();
}

/** The times of calls alone, and then beside a stream that nobody reads or that is read at full speed. */
export async function latencies({ api }, { beside, calls, patience }) {
  await times(api, calls, patience); // a warm-up
  const alone = await times(api, calls, patience);
  const end = await api[beside]();
  const those = await times(api, calls, patience);
  await end();
  return { alone, beside: those };
}

async function times(api, calls, patience) {
  const times = [];
  for (let i = 0; i < calls; i++) {
    const start = now();
    const sum = await within(patience, api.sum(i, 2));
    times.push(now() - start);
    if (sum === undefined) break; // no other one will be answered
    if (sum !== i + 2) throw new Error(`${i} + 2 is wrong`);
  }
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1], most: times[times.length - 1] };
}

/** How often the time is looked at, in calls: that is not free. */
const LOOK = 16;
/** Before how many calls it is looked at each time: they may be slow. */
const FEW = 64;

/** Counts calls until `ms` milliseconds are over. */
class Clock {
  over = false;
  #ms;
  #calls = 0;
  #start = now();

  constructor(ms) {
    this.#ms = ms;
  }

  count() {
    const calls = ++this.#calls;
    if (calls > FEW && calls % LOOK !== 0) return;
    this.over = now() - this.#start >= this.#ms;
  }

  result() {
    return { calls: this.#calls, seconds: (now() - this.#start) / 1000 };
  }
}

async function inLanes(count, run) {
  await Promise.all(Array.from({ length: count }, (_, lane) => run(lane)));
}

async function within(ms, promise) {
  let timer;
  const over = new Promise((resolve) => timer = setTimeout(resolve, ms));
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
