import { assertEquals, assertRejects } from "@std/assert";
import { IterableSource } from "./iterable_source.ts";

/** An iterable by its iterator, whose `next()` need not be right. */
function iterable(iterator: unknown): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => iterator as AsyncIterator<unknown> };
}

async function* two(ended: string[]) {
  try {
    yield 1;
    yield 2;
  } finally {
    ended.push("finally");
  }
}

Deno.test("IterableSource gives what the iterable yields, and the end again and again", async () => {
  const source = new IterableSource(two([]));
  assertEquals(await source.read(), { done: false, value: 1 });
  assertEquals(await source.read(), { done: false, value: 2 });
  assertEquals(await source.read(), { done: true });
  assertEquals(await source.read(), { done: true });
});

Deno.test("IterableSource.cancel() returns to the iterator with its reason, once", async () => {
  const reasons: unknown[] = [];
  const source = new IterableSource(iterable({
    next: () => Promise.resolve({ done: false, value: 1 }),
    return(reason: unknown) {
      reasons.push(reason);
      return Promise.resolve({ done: true });
    },
  }));
  await source.read();
  await source.cancel("enough");
  await source.cancel("again");
  assertEquals(reasons, ["enough"]);
  assertEquals(await source.read(), { done: true });
});

Deno.test("IterableSource.cancel() ends an iterator that cannot be returned to", async () => {
  const source = new IterableSource(iterable({
    next: () => Promise.resolve({ done: false, value: 1 }),
  }));
  await source.cancel("enough");
  assertEquals(await source.read(), { done: true });
});

Deno.test("IterableSource.cancel() does not return to an iterator that has ended or failed", async () => {
  let returned = 0;
  const ends = [
    () => Promise.resolve({ done: true }),
    () => Promise.reject(new Error("Its own")),
  ];
  for (const next of ends) {
    const source = new IterableSource(
      iterable({ next, return: () => returned++ }),
    );
    await source.read().catch(() => {});
    await source.cancel("enough");
    assertEquals(await source.read(), { done: true });
  }
  assertEquals(returned, 0);
});

Deno.test("IterableSource refuses an iterator that gives no objects", async () => {
  const wrong = iterable({ next: () => 1, return: () => 1 });
  await assertRejects(
    () => new IterableSource(wrong).read(),
    TypeError,
    "Cannot read the iterable: its iterator gave no object",
  );
  await assertRejects(
    () => new IterableSource(wrong).cancel("enough"),
    TypeError,
    "gave no object",
  );
});

Deno.test("IterableSource runs the end of a generator that is cancelled", async () => {
  const ended: string[] = [];
  const source = new IterableSource(two(ended));
  await source.read();
  await source.cancel("enough");
  assertEquals(ended, ["finally"]);
});
