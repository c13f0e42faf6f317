// The part of https://jsr.io/@std/cli that this project uses.

/** Options for {@linkcode parseArgs}. */
export interface ParseOptions {
  /** Names that are always strings. */
  readonly string?: readonly string[];
  /** Names that are always booleans. */
  readonly boolean?: readonly string[];
  /** Other names of a name. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Values of names that are not given. */
  readonly default?: Readonly<Record<string, unknown>>;
  /** Names whose values are gathered. */
  readonly collect?: readonly string[];
  /** Stop at the first argument that is no option. */
  readonly stopEarly?: boolean;
  /** Called for what is not listed. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Takes command line arguments apart. */
// deno-lint-ignore no-explicit-any -- the real one infers this from the options
export function parseArgs(args: readonly string[], options?: ParseOptions): any;
