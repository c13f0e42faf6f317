import { toPath } from "../files/paths.ts";
import { checkOwn, type DaemonPaths } from "./own_items.ts";
import type { DaemonPermissions, PermissionsOption } from "./permissions.ts";

/** The kinds of permission, each with a flag of Deno. */
export const KINDS = [
  "read",
  "write",
  "net",
  "env",
  "run",
  "sys",
  "ffi",
  "import",
] as const;

/** One of the {@linkcode KINDS}. */
export type Kind = typeof KINDS[number];

/** What a flag of Deno covers: everything of its kind, or these items, if any. */
export type Coverage = true | readonly string[];

/** What is granted of a kind, and what is denied. */
export interface Rule {
  readonly allow: Coverage;
  readonly deny: Coverage;
}

/** Permissions, checked and complete. */
export type Rules = Readonly<Record<Kind, Rule>>;

/** Whether it covers nothing of its kind. */
export function isNothing(coverage: Coverage): boolean {
  return coverage !== true && coverage.length === 0;
}

/** Whether everything of a kind is granted. */
export function isWhole({ allow, deny }: Rule): boolean {
  return allow === true && isNothing(deny);
}

/**
 * The rules that the option `permissions` stands for.
 *
 * @throws {TypeError} If it is none, or denies what a daemon at `paths` needs.
 */
export function rulesOf(
  permissions: PermissionsOption,
  paths: DaemonPaths,
): Rules {
  if (typeof permissions === "object") {
    return checkPermissions(permissions, paths);
  }
  const allow = permissions === "all" ? true : [];
  return makeRules(() => ({ allow, deny: [] }));
}

/** Rules, kind by kind. */
function makeRules(make: (kind: Kind) => Rule): Rules {
  const entries = KINDS.map((kind) => [kind, make(kind)]);
  return Object.fromEntries(entries);
}

/**
 * Checks an object of permissions, and makes its paths absolute.
 *
 * @throws {TypeError} If a key is unknown, a grant of the wrong type, or an item
 * cannot be written in a flag, or if the daemon's own files would be denied to it.
 */
function checkPermissions(
  permissions: DaemonPermissions,
  paths: DaemonPaths,
): Rules {
  const keys = ["all", ...KINDS];
  const wrong = keysBut(keys, permissions);
  if (wrong === undefined) {
    throw new TypeError(
      `Cannot take the option "permissions": it should be "none", "all" or an object, and is ${
        Deno.inspect(permissions)
      }`,
    );
  }
  if (wrong.length > 0) {
    throw new TypeError(
      `Cannot grant "${
        wrong[0]
      }" to the daemon: there is no such permission, only ${keys.join(", ")}`,
    );
  }
  const { all = false } = permissions;
  if (typeof all !== "boolean") throw wrongType("all", all, "true or false");
  return makeRules((kind) => {
    const rule = toRule(kind, permissions[kind], all);
    // As a whole, it is less exact than what the daemon has of its own.
    if (rule.deny !== true) checkOwn(kind, rule.deny, paths);
    return rule;
  });
}

function toRule(kind: Kind, grant: unknown, all: boolean): Rule {
  if (grant === undefined) return { allow: all || [], deny: [] };
  if (typeof grant === "boolean" || Array.isArray(grant)) {
    return toRule(kind, { allow: grant }, all);
  }
  if (keysBut(["allow", "deny"], grant)?.length !== 0) {
    throw wrongType(kind, grant, "true, false, a list or { allow, deny }");
  }
  const rule = grant as Record<string, unknown>;
  const granted = toCoverage(kind, rule.allow === undefined ? all : rule.allow);
  const denied = toCoverage(kind, rule.deny === undefined ? false : rule.deny);
  const allow = less(granted, denied);
  // Deno has a list of hosts of its own where no flag says anything of imports.
  const isNone = rule.allow !== undefined && isNothing(allow);
  return { allow, deny: kind === "import" && isNone ? true : denied };
}

/** The keys of a plain object beyond `keys`; another object could seem to be an empty one. */
function keysBut(
  keys: readonly string[],
  object: unknown,
): string[] | undefined {
  if (typeof object !== "object" || object === null) return undefined;
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  return Object.keys(object).filter((key) => !keys.includes(key));
}

function toCoverage(kind: Kind, scope: unknown): Coverage {
  if (typeof scope === "boolean") return scope || [];
  if (Array.isArray(scope)) return Array.from(scope, (i) => toItem(kind, i));
  throw wrongType(kind, scope, "true, false or a list");
}

function toItem(kind: Kind, item: unknown): string {
  const isPath = kind === "read" || kind === "write" || kind === "ffi";
  const isFile = isPath || kind === "run";
  if (item === "" || !(typeof item === "string" || isFile && isUrl(item))) {
    const what = isFile ? "strings or URLs" : "strings";
    throw wrongType(kind, item, `a list of ${what}, none of them empty,`);
  }
  const isHost = kind === "net" || kind === "import";
  if (isHost && `${item}`.includes("://")) {
    throw wrongType(kind, item, "a list of hosts, none of them a URL,");
  }
  if (kind === "env" && `${item}`.includes("=")) {
    throw wrongType(kind, item, "a list of names, without values,");
  }
  const text = absolute(kind, item, isPath);
  // Deno has no way to write a comma in a flag, and the system none to write NUL.
  if (!text.includes(",") && !text.includes("\0")) return text;
  throw new TypeError(
    `Cannot grant "${kind}" of ${
      Deno.inspect(text)
    } to the daemon: no flag can name it, as Deno splits its lists at commas; grant something around it, or choose another name`,
  );
}

// Deno would take them as relative to the daemon's working directory.
function absolute(kind: Kind, item: string | URL, isPath: boolean): string {
  const option = `permission "${kind}"`;
  if (isPath || isUrl(item)) return toPath(item, option);
  if (kind === "run" && item.includes("/")) return toPath(item, option);
  if (kind === "net" && item.startsWith("unix:")) {
    return `unix:${toPath(item.slice("unix:".length), option)}`;
  }
  return item;
}

// Deno lets a program that is granted by name be run although the name is denied.
function less(allow: Coverage, deny: Coverage): Coverage {
  if (deny === true) return [];
  return allow === true || allow.filter((item) => !deny.includes(item));
}

function isUrl(item: unknown): item is URL {
  return item instanceof URL;
}

function wrongType(key: string, value: unknown, expected: string): TypeError {
  return new TypeError(
    `Cannot grant "${key}" to the daemon: it should be ${expected} and is ${
      Deno.inspect(value)
    }`,
  );
}
