// Follows one file for many clients, with one watcher.
import type { CreateIface } from "@autod/autod/server";

let changed = Promise.withResolvers<void>();
let watcher: Deno.FsWatcher | undefined;

export default ((_server, stream, [path]) => {
  if (typeof path !== "string") throw new TypeError("args[0] is the file");
  watcher ??= watch(path);
  return {
    path: () => path,
    tail: () => follow(path, stream.callSignal),
  };
}) satisfies CreateIface;

// What is wrong with the file is thrown at once, to the client that asks for it.
function watch(path: string): Deno.FsWatcher {
  const watcher = Deno.watchFs(path);
  (async () => {
    for await (const _event of watcher) {
      changed.resolve();
      changed = Promise.withResolvers();
    }
  })();
  return watcher;
}

async function* follow(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const left = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => left.resolve());
  const buffer = new Uint8Array(64 * 1024);
  using file = await Deno.open(path);
  let position = 0;
  while (!signal.aborted) {
    const change = changed.promise; // before the read, so that none is missed
    const count = await file.read(buffer);
    if (count !== null) {
      position += count;
      yield buffer.subarray(0, count);
      continue;
    }
    // Not by stat(), which Deno permits by the path without links alone.
    const end = await file.seek(0, Deno.SeekMode.End);
    if (end === position) await Promise.race([change, left.promise]);
    else if (end < position) position = 0; // it was cut
    await file.seek(position, Deno.SeekMode.Start);
  }
}
