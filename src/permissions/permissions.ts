/**
 * Everything of a kind (`true`), nothing of it (`false` or an empty list), or the
 * items of a list.
 *
 * @typeParam T The items of a list.
 */
export type GrantScope<T = string> = boolean | readonly T[];

/**
 * What is granted of a kind, less what is denied.
 *
 * @typeParam T The items of a list.
 */
export interface GrantRule<T = string> {
  /**
   * What is granted.
   *
   * @default {false, or true beside `all: true`}
   */
  readonly allow?: GrantScope<T>;
  /**
   * What is denied: everything (`true`), or the items of a list. Of an item here
   * and one in `allow` that contradict each other, Deno lets the more exact win.
   *
   * @default {false}
   */
  readonly deny?: GrantScope<T>;
}

/**
 * What a daemon is granted of a kind; without a rule, that is what is allowed.
 *
 * @typeParam T The items of a list.
 */
export type Grant<T = string> = GrantScope<T> | GrantRule<T>;

/**
 * What a daemon may do beyond its own socket, lock and log: one key for each
 * permission flag of Deno, https://docs.deno.com/runtime/reference/permissions/,
 * in the shape of the `permissions` of a `deno.json`.
 *
 * Relative paths are relative to the working directory of the command, as those
 * of the other options are. No item may hold a comma, as Deno splits the lists
 * of its flags there. A command can only hand on what it holds itself.
 *
 * @example Some of it
 * ```ts
 * import type { DaemonPermissions } from "@autod/autod";
 *
 * const permissions: DaemonPermissions = {
 *   read: { allow: ["/srv"], deny: ["/srv/secret"] },
 *   net: ["example.com:443"],
 *   env: true,
 * };
 * ```
 *
 * @example All but the network
 * ```ts
 * import type { DaemonPermissions } from "@autod/autod";
 *
 * const permissions: DaemonPermissions = { all: true, net: false };
 * ```
 */
export interface DaemonPermissions {
  /**
   * Grant everything of each kind that has no key of its own.
   *
   * @default {false}
   */
  readonly all?: boolean;
  /** Files and directories that may be read, as paths or `file:` URLs: `--allow-read`. */
  readonly read?: Grant<string | URL>;
  /** Files and directories that may be written, as paths or `file:` URLs: `--allow-write`. */
  readonly write?: Grant<string | URL>;
  /** Hosts, as `host`, `host:port`, `*.host` or `unix:<path>`: `--allow-net`. */
  readonly net?: Grant;
  /** Environment variables; `AWS_*` is all that begin so: `--allow-env`. */
  readonly env?: Grant;
  /** Programs that may be run, by name, path or `file:` URL: `--allow-run`. */
  readonly run?: Grant<string | URL>;
  /** System information, such as `"hostname"`: `--allow-sys`. */
  readonly sys?: Grant;
  /** Dynamic libraries and directories of them, as paths or `file:` URLs: `--allow-ffi`. */
  readonly ffi?: Grant<string | URL>;
  /**
   * Hosts that code may be imported from: `--allow-import`. Without this key,
   * and with no more than `{ deny: […] }`, those that Deno has a list of, such as
   * `jsr.io` and `esm.sh`, as far as the command may; with `false`, none.
   */
  readonly import?: Grant;
}

/** The option `permissions` of `autod`: nothing, everything, or what an object says. */
export type PermissionsOption = "none" | "all" | DaemonPermissions;
