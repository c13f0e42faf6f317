import type { CreateIface } from "../../server.ts";

/** An iface with a method of each kind, for what is known of it by its types alone. */
export default (() => ({
  add: (a: number, b = 0) => a + b,
  greet: (name: string) => Promise.resolve(`Hello ${name}`),
  ticks: (count: number) => ReadableStream.from(numbers(count)),
  numbers,
  later: () => Promise.resolve(ReadableStream.from(["a", "b"])),
  upper: () => new TransformStream<string, number>(),
  sink: () => new WritableStream<string>(),
  version: 1,
})) satisfies CreateIface;

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(i);
}
