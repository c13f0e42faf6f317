import type { RpcStream } from "./rpc_stream.ts";

/**
 * The iface behind `T`, which is `typeof import("./iface.ts")`, the type of a
 * factory, or that of an iface. `unknown` stays what it is: names alone.
 *
 * @typeParam T What names the iface.
 */
export type IfaceOf<T> = unknown extends T ? unknown
  : T extends { default: infer D } ? IfaceOf<D>
  // deno-lint-ignore no-explicit-any -- parameters are contravariant: only `any` takes each
  : T extends (...args: any[]) => infer I ? Awaited<I>
  : T;

/** Any function of an iface. */
// deno-lint-ignore no-explicit-any -- as above
export type AnyMethod = (...args: any[]) => unknown;

/**
 * The chunks of what a stream method returns, as `[what it sends, what it
 * takes]`; `undefined` for what is no stream.
 *
 * @typeParam S What the method returns.
 */
export type ChunksOf<S> = [S] extends [never] ? undefined
  : S extends ReadableStream<infer R> ? [R, never]
  : S extends WritableStream<infer W> ? [never, W]
  : S extends
    { readable: ReadableStream<infer R>; writable: WritableStream<infer W> }
    ? [R, W]
  : S extends AsyncIterable<infer R> ? [R, never]
  : undefined;

/**
 * How one method looks from the client: a promise, or a stream.
 *
 * @typeParam F The method, as the rpcfile has it.
 */
export type RemoteMethod<F> = F extends (...args: infer A) => infer R
  ? ChunksOf<Awaited<R>> extends [infer Out, infer In]
    ? (...args: A) => RpcStream<Out, In>
  : (...args: A) => Promise<Awaited<R>>
  : never;

/**
 * The names that `methods` may hold: those of the iface's methods, with `:s`
 * behind each that returns a stream. Any string, where the iface is not known.
 *
 * @typeParam T As the `T` of {@linkcode autod}.
 */
export type MethodName<T> = unknown extends IfaceOf<T> ? string : {
  [K in keyof IfaceOf<T> & string]: IfaceOf<T>[K] extends AnyMethod
    ? ChunksOf<Awaited<ReturnType<IfaceOf<T>[K]>>> extends [unknown, unknown]
      ? `${K}:s`
    : K
    : never;
}[keyof IfaceOf<T> & string];

/**
 * A name of `methods` as it is called: without `:s`.
 *
 * @typeParam M The name as it is listed.
 */
export type WithoutSuffix<M extends string> = M extends `${infer K}:s` ? K : M;

/**
 * The methods of a daemon, as its client calls them.
 *
 * @typeParam T As the `T` of {@linkcode autod}.
 * @typeParam M The names in `methods`.
 */
export type Rpc<T, M extends string> = unknown extends IfaceOf<T> ? {
    readonly [K in M as WithoutSuffix<K>]: K extends `${string}:s`
      ? (...args: unknown[]) => RpcStream<unknown, unknown>
      : (...args: unknown[]) => Promise<unknown>;
  }
  : {
    readonly [
      K in M as WithoutSuffix<K> & keyof IfaceOf<T>
    ]: RemoteMethod<IfaceOf<T>[WithoutSuffix<K> & keyof IfaceOf<T>]>;
  };
