// Jobs of a worker: streams.
import { ByteCheck, makeObject } from "../payload.mjs";

/** Reads `total` bytes in chunks of `size`; `way` is the client's method for it. */
export async function download({ api }, { way = "down", size, total }) {
  const check = new ByteCheck(size);
  const seconds = await time(() =>
    api[way](size, total, (chunk) => check.take(chunk))
  );
  expect(check.got, total);
  return { seconds };
}

/** Sends them. The daemon says how many have come. */
export async function upload({ api }, { size, total }) {
  let got;
  const seconds = await time(async () => got = await api.up(size, total));
  expect(got, total);
  return { seconds };
}

/** Reads `count` objects. */
export async function objects({ api }, { count }) {
  let got = 0;
  let last;
  const seconds = await time(() =>
    api.objects(count, (object) => {
      if (object.i !== got) throw new Error(`object ${got} is missing`);
      got++;
      last = object;
    })
  );
  expect(got, count);
  expect(last.name, makeObject(count - 1).name);
  return { seconds };
}

/** Reads a stream of `total` bytes for `ms` milliseconds, and pauses after each `piece`. */
export async function slowDownload(
  { api },
  { way, size, total, piece, pause, ms },
) {
  const check = new ByteCheck(size);
  let next = piece;
  const reading = api[way](size, total, (chunk) => {
    check.take(chunk);
    if (check.got < next) return;
    next += piece;
    return new Promise((resolve) => setTimeout(resolve, pause));
  });
  await runFor(ms, reading);
  if (check.got === 0) throw new Error("nothing has come");
  return {};
}

/** Sends a stream for `ms` milliseconds to a daemon that pauses after each `piece`. */
export async function slowUpload(
  { api },
  { size, total, piece, pause, ms },
) {
  await runFor(ms, api.up(size, total, piece, pause));
  return {};
}

/** Lets `work` run for a time that is too short for it. */
async function runFor(ms, work) {
  const over = new Promise((resolve) => setTimeout(resolve, ms, true));
  if (await Promise.race([work, over]) !== true) {
    throw new Error("it has ended too early");
  }
}

async function time(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function expect(got, total) {
  if (got !== total) throw new Error(`${got} came instead of ${total}`);
}
