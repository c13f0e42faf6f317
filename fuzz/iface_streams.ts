import { tick } from "./tick.ts";

/** What a sink of the fuzzer took, and how it ended. */
export interface Taken {
  readonly chunks: unknown[];
  end: "closed" | "aborted" | undefined;
}

/** What the sinks took, in the order in which they were made. */
export const taken: Taken[] = [];

/** The sources that have not ended. */
export const flowing = new Set<object>();

/** The methods of the fuzzer's iface that return streams. */
export function makeStreams() {
  return {
    numbers: (count?: unknown) => source(limit(count), (at) => at),
    chunks: (count?: unknown) =>
      source(
        limit(count),
        (at) => at % 2 === 0 ? new Uint8Array(at).fill(10) : `${at}\n`,
      ),
    endless: () => source(Infinity, () => "x".repeat(100)),
    broken: (count?: unknown) =>
      source(limit(count), (at) => {
        if (at === 3) throw new Error("the source is broken");
        return at;
      }),
    loud: () =>
      source(3, (at) => {
        if (at === 1) throw new Error("x".repeat(20_000));
        return at;
      }),
    huge: () => source(3, (at) => "x".repeat(20_000 * at)),
    loudSink: () =>
      sink(() => {
        throw new Error("y".repeat(20_000));
      }),
    notJson: () => source(3, (at) => at === 1 ? 10n : at),
    iterable: async function* (count?: unknown) {
      for (let at = 0; at < limit(count); at++) yield { at };
    },
    laterNumbers: async (count?: unknown) => {
      await null;
      return source(limit(count), (at) => at);
    },
    collect: () => sink(),
    slow: () => sink(tick),
    stuck: () => sink(() => new Promise(() => {})),
    picky: (count?: unknown) => {
      let left = limit(count);
      return sink(() => {
        if (left-- === 0) throw new Error("the sink is picky");
      });
    },
    badEnd: () => sink(undefined, () => Promise.reject(new Error("bad end"))),
    relay: () => new TransformStream(),
    both: () => ({ readable: source(3, (at) => at), writable: sink() }),
  };
}

/** Their names. */
export const STREAMS = Object.keys(makeStreams());

function limit(count: unknown): number {
  return Math.min(Number(count) || 0, 50);
}

function source(
  count: number,
  make: (at: number) => unknown,
): ReadableStream<unknown> {
  let at = 0;
  const mine = {};
  flowing.add(mine);
  return new ReadableStream({
    pull(controller) {
      if (at < count) return controller.enqueue(orEnd(() => make(at++)));
      flowing.delete(mine);
      controller.close();
    },
    cancel: () => void flowing.delete(mine),
  });

  function orEnd<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      flowing.delete(mine);
      throw error;
    }
  }
}

function sink(
  onWrite: (chunk: unknown) => unknown = () => {},
  onClose: () => Promise<void> | void = () => {},
): WritableStream<unknown> {
  const mine: Taken = { chunks: [], end: undefined };
  taken.push(mine);
  return new WritableStream<unknown>({
    async write(chunk) {
      mine.chunks.push(chunk);
      await onWrite(chunk);
    },
    async close() {
      await onClose();
      mine.end = "closed";
    },
    abort() {
      mine.end = "aborted";
    },
  });
}
