import type { RpcStream } from "./rpc_stream.ts";

/**
 * The iface behind `T`, which is `typeof import("./iface.ts")`, the type of a
 * factory, or that of an iface. `unknown` stays what it is: names alone.
 *
 * @typeParam T What names the iface.
 */
export type IfaceOf<T> = unknown extends T ? unknown
  // deno-lint-ignore no-explicit-any -- parameters are contravariant: only `any` takes each
  : T extends { default: (...args: any[]) => infer I } // an iface's own returns what it likes
    ? [Awaited<I>] extends [object] ? Awaited<I>
    : unknown extends Awaited<I> ? unknown
    : T
  // deno-lint-ignore no-explicit-any -- as above
  : T extends (...args: any[]) => infer I ? Awaited<I>
  : T;

/** Any function of an iface. */
// deno-lint-ignore no-explicit-any -- as above
export type AnyMethod = (...args: any[]) => unknown;

/**
 * The chunks of what a stream method returns, as `[what it sends, what it
 * takes]`; `never` for what is no stream. One that may return no stream as well
 * is a stream method, whose client hears where there is none.
 *
 * @typeParam S What the method returns.
 */
export type ChunksOf<S> = 0 extends 1 & S ? never // `any` may be anything
  : S extends ReadableStream<infer R> ? [R, never]
  : S extends WritableStream<infer W> ? [never, W]
  : S extends
    { readable: ReadableStream<infer R>; writable: WritableStream<infer W> }
    ? [R, W]
  : S extends AsyncIterable<infer R> ? [R, never]
  : never;

/**
 * How one method looks from the client: a promise, or a stream.
 *
 * @typeParam F The method, as the rpcfile has it.
 */
export type RemoteMethod<F> = F extends (...args: infer A) => infer R
  ? ChunksOf<Awaited<R>> extends infer C
    ? [C] extends [never] ? 0 extends 1 & R ? (...args: A) => Promise<R>
        // With its type parameters and overloads, if it gives nothing but a promise.
      : [R, Promise<Awaited<R>>, unknown, keyof F] extends
        [Promise<unknown>, R, ThisParameterType<F>, never] ? F
      : (...args: A) => Promise<Awaited<R>>
    : C extends [infer Out, infer In] ? (...args: A) => RpcStream<Out, In>
    : never
  : never
  : never;

/**
 * The names that `methods` may hold: those of the iface's methods, with `:s`
 * behind each that returns a stream. Any string, where the iface is not known;
 * where its type tells of no methods, a text that says so.
 *
 * @typeParam T As the `T` of {@linkcode autod}.
 */
export type MethodName<T> = unknown extends IfaceOf<T> ? string : {
  [K in keyof IfaceOf<T> & string]-?: NonNullable<IfaceOf<T>[K]> extends
    AnyMethod
    ? [ChunksOf<Awaited<ReturnType<NonNullable<IfaceOf<T>[K]>>>>] extends
      [never] ? K
    : `${K}:s`
    : never;
}[keyof IfaceOf<T> & string] extends infer N extends string
  ? [N] extends [never]
    ? "the type tells of no methods; behind a factory, write `satisfies CreateIface`"
  : N
: never;

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
      // From the iface's own keys, whose documentation an editor then shows.
      K in keyof IfaceOf<T> as WithoutSuffix<M> & K
    ]-?: RemoteMethod<NonNullable<IfaceOf<T>[K]>>;
  };
