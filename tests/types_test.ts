// What the types promise. `deno check` proves most of it: an error that is
// expected and does not come is an error itself. What is only checked is in
// functions that nobody calls.
import { assertEquals } from "@std/assert";
import {
  autod,
  type MethodName,
  type Rpc,
  type RpcStream,
  withSignal,
} from "../mod.ts";
import type { CreateIface } from "../server.ts";
import { Sandbox } from "../src/testing/sandbox.ts";
import type createIface from "../src/testing/iface.ts";

/** Compiles only where both types are the same. */
function same<A, B>(
  _same: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
    ? true
    : false,
): void {}

const PLACE = {
  rpcfile: import.meta.resolve("../src/testing/iface.ts"),
  sockfile: "/nowhere/d.sock",
};

type Module = typeof import("../src/testing/iface.ts");

export async function typeOfTheModule() {
  const { rpc } = await autod<Module>({
    ...PLACE,
    methods: [
      "add",
      "greet",
      "ticks:s",
      "numbers:s",
      "later:s",
      "upper:s",
      "sink:s",
    ],
  });
  same<ReturnType<typeof rpc.add>, Promise<number>>(true);
  same<Parameters<typeof rpc.add>, [a: number, b?: number]>(true);
  same<ReturnType<typeof rpc.greet>, Promise<string>>(true);
  same<ReturnType<typeof rpc.ticks>, RpcStream<number, never>>(true);
  same<Parameters<typeof rpc.ticks>, [count: number]>(true);
  same<ReturnType<typeof rpc.numbers>, RpcStream<number, never>>(true);
  same<ReturnType<typeof rpc.later>, RpcStream<string, never>>(true);
  same<ReturnType<typeof rpc.upper>, RpcStream<number, string>>(true);
  same<ReturnType<typeof rpc.sink>, RpcStream<never, string>>(true);
  for await (const tick of rpc.ticks(3)) same<typeof tick, number>(true);
}

export async function typeOfTheFactory() {
  const { rpc } = await autod<typeof createIface>({
    ...PLACE,
    methods: ["greet"],
  });
  same<ReturnType<typeof rpc.greet>, Promise<string>>(true);
}

interface Iface {
  add(m: number): number;
  ticks(): ReadableStream<Date>;
  readonly name: string;
}

export async function typeOfTheIface() {
  const { rpc } = await autod<Iface>({ ...PLACE, methods: ["add", "ticks:s"] });
  same<ReturnType<typeof rpc.add>, Promise<number>>(true);
  same<ReturnType<typeof rpc.ticks>, RpcStream<Date, never>>(true);
}

export async function typeOfAnAsyncFactory() {
  const make = (() =>
    Promise.resolve({
      add: (m: number) => m,
      close: () => {},
    })) satisfies CreateIface;
  const { rpc } = await autod<typeof make>({
    ...PLACE,
    methods: ["add", "close"],
  });
  same<ReturnType<typeof rpc.add>, Promise<number>>(true);
  same<ReturnType<typeof rpc.close>, Promise<void>>(true);
}

export class Counter extends EventTarget {
  #n = 0;
  add(m: number) {
    return this.#n += m;
  }
}

export async function typeOfAClass() {
  const { rpc } = await autod<Counter>({ ...PLACE, methods: ["add"] });
  same<ReturnType<typeof rpc.add>, Promise<number>>(true);
}

export async function noType() {
  const { rpc } = await autod({ ...PLACE, methods: ["add", "ticks:s"] });
  same<ReturnType<typeof rpc.add>, Promise<unknown>>(true);
  same<Parameters<typeof rpc.add>, unknown[]>(true);
  same<ReturnType<typeof rpc.ticks>, RpcStream<unknown, unknown>>(true);
  // @ts-expect-error: it is not listed
  rpc.get();
  // @ts-expect-error: it is called without the suffix
  rpc["ticks:s"]();
  // @ts-expect-error: the result is unknown
  const _sum: number = await rpc.add(1);
}

interface Odd {
  id<U>(value: U): Promise<U>;
  pick(name: "a"): Promise<1>;
  pick(name: "b"): Promise<2>;
  maybe(): ReadableStream<number> | null;
  optional?(n: number): string;
  default(): number;
  // deno-lint-ignore no-explicit-any -- as JSON.parse() returns
  any(): any;
  fails(): never;
  ofThis(this: Odd, n: number): Promise<number>;
  cancellable(): Promise<number> & { cancel(): void };
}

export async function typeOfOddMethods() {
  const methods = [
    "id",
    "pick",
    "maybe:s",
    "optional",
    "default",
    "any",
    "fails",
    "ofThis",
    "cancellable",
  ] as const;
  const { rpc } = await autod<Odd>({ ...PLACE, methods });
  same<Awaited<ReturnType<typeof rpc.id<Date>>>, Date>(true);
  const _picked: [1, 2] = [await rpc.pick("a"), await rpc.pick("b")];
  same<ReturnType<typeof rpc.maybe>, RpcStream<number, never>>(true);
  same<ReturnType<typeof rpc.optional>, Promise<string>>(true);
  same<ReturnType<typeof rpc.default>, Promise<number>>(true);
  same<ReturnType<typeof rpc.fails>, Promise<never>>(true);
  same<typeof rpc.ofThis, (n: number) => Promise<number>>(true);
  same<typeof rpc.cancellable, () => Promise<number>>(true);
  // deno-lint-ignore no-explicit-any -- as above
  same<ReturnType<typeof rpc.any>, Promise<any>>(true);
  // @ts-expect-error: it may return a stream, and needs :s
  autod<Odd>({ ...PLACE, methods: ["maybe"] });
}

export function typeWithoutMethods() {
  // Of what it makes, its type tells nothing.
  const make: CreateIface = () => ({ add: (m: number) => m });
  // @ts-expect-error: there is no method to name
  autod<typeof make>({ ...PLACE, methods: ["add"] });
  autod<typeof make>({ ...PLACE, methods: [] });
  same<
    MethodName<typeof make>,
    "the type tells of no methods; behind a factory, write `satisfies CreateIface`"
  >(true);
}

export function typeOfUnknownIfaces() {
  // deno-lint-ignore no-explicit-any -- of somebody who has no types
  same<MethodName<any>, string>(true);
  same<MethodName<() => unknown>, string>(true);
  same<MethodName<{ default: () => Promise<unknown> }>, string>(true);
  const _rpc = {} as Rpc<Record<string, () => number>, "add">;
  same<typeof _rpc, { readonly add: () => Promise<number> }>(true);
}

export async function wrongMethodName() {
  const { rpc } = await autod<Module>({ ...PLACE, methods: ["add"] });
  // @ts-expect-error: the iface has no such method
  rpc.ad(1);
  // @ts-expect-error: that is no method
  rpc.version();
}

export async function wrongArguments() {
  const { rpc } = await autod<Module>({
    ...PLACE,
    methods: ["add", "ticks:s"],
  });
  // @ts-expect-error: a number is needed
  rpc.add("1");
  // @ts-expect-error: one argument is needed
  rpc.add();
  // @ts-expect-error: two are enough
  rpc.add(1, 2, 3);
  // @ts-expect-error: a stream method's arguments are checked as well
  rpc.ticks("3");
}

export async function wrongResult() {
  const { rpc } = await autod<Module>({
    ...PLACE,
    methods: ["add", "greet", "ticks:s"],
  });
  // @ts-expect-error: it is a number
  const _text: string = await rpc.add(1);
  // @ts-expect-error: it is a promise
  const _sum: number = rpc.add(1);
  // @ts-expect-error: it is a string, not a promise of a promise
  const _greeting: Promise<Promise<string>> = rpc.greet("you");
  // @ts-expect-error: a stream is no promise
  rpc.ticks(3).then();
}

export function wrongMethods() {
  // @ts-expect-error: the iface has no such method
  autod<Module>({ ...PLACE, methods: ["add", "ad"] });
  // @ts-expect-error: that is no method
  autod<Module>({ ...PLACE, methods: ["version"] });
  // @ts-expect-error: it returns a stream, and needs :s
  autod<Module>({ ...PLACE, methods: ["ticks"] });
  // @ts-expect-error: it is an async generator, and needs :s
  autod<Module>({ ...PLACE, methods: ["numbers"] });
  // @ts-expect-error: it returns no stream
  autod<Module>({ ...PLACE, methods: ["add:s"] });
  // @ts-expect-error: it returns no stream
  autod<Iface>({ ...PLACE, methods: ["add:s"] });
}

export function wrongOptions() {
  // @ts-expect-error: rpcfile is missing
  autod({ sockfile: "/nowhere/d.sock", methods: [] });
  // @ts-expect-error: methods is missing
  autod({ ...PLACE });
  // @ts-expect-error: there is no such option
  autod({ ...PLACE, methods: [], sockFile: "/nowhere/d.sock" });
  // @ts-expect-error: there is no such permission
  autod({ ...PLACE, methods: [], permissions: { files: true } });
  // @ts-expect-error: there is no such word
  autod({ ...PLACE, methods: [], permissions: "some" });
  // @ts-expect-error: a host is no URL
  autod({ ...PLACE, methods: [], permissions: { net: [new URL("a:b")] } });
  // @ts-expect-error: it is a list
  autod({ ...PLACE, methods: [], permissions: { read: "/etc" } });
  const files = [new URL("file:///etc"), "/etc"] as const;
  const permissions = {
    all: true,
    read: files,
    write: { allow: true, deny: files },
    net: { deny: true },
    run: false,
  } as const;
  autod({ ...PLACE, methods: [], permissions });
}

export async function withASignal() {
  const { rpc } = await autod<Module>({ ...PLACE, methods: ["add"] });
  const cancellable = withSignal(rpc, AbortSignal.timeout(1));
  same<typeof cancellable, typeof rpc>(true);
}

export function theFactory() {
  // @ts-expect-error: a factory returns an object
  const _wrong = (() => 5) satisfies CreateIface;
  const _right = ((server, stream, args) => ({
    close: () => server.close(),
    aborted: () => stream.callSignal.aborted,
    args: () => args,
  })) satisfies CreateIface;
}

export async function notReadOnly() {
  const { rpc } = await autod<Module>({ ...PLACE, methods: ["add"] });
  // @ts-expect-error: the methods are not to be replaced
  rpc.add = () => Promise.resolve(1);
}

Deno.test("autod() gives the methods of an rpcfile the types of its default export", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  await using daemon = await autod<Module>({
    rpcfile: PLACE.rpcfile,
    sockfile,
    onProcess,
    methods: ["add", "greet"],
  });
  const sum: number = await daemon.rpc.add(1, 2);
  const greeting: string = await daemon.rpc.greet("you");
  assertEquals([sum, greeting], [3, "Hello you"]);
});

Deno.test("Rpc describes the same object that autod() makes", async () => {
  await using box = new Sandbox();
  const { sockfile, onProcess } = box;
  await using daemon = await autod<Module>({
    rpcfile: PLACE.rpcfile,
    sockfile,
    onProcess,
    methods: ["add"],
  });
  const rpc: Rpc<Module, "add"> = daemon.rpc;
  assertEquals(await rpc.add(1), 1);
});
